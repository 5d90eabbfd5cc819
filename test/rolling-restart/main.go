// A client of grpc-go as any team may have it: both replicas of each service by round_robin, an ordinary retry policy,
// and no library of Till's. It buys, pays and watches until its input ends, and prints who served each call,
// each purchase, each failure, and at last its counts as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

const serviceConfig = `{
  "loadBalancingConfig": [{"round_robin": {}}],
  "methodConfig": [{
    "name": [{}],
    "retryPolicy": {
      "maxAttempts": 5, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]
    }
  }]
}`

type verdict struct {
	// Orders that were placed, paid and seen as paid.
	Bought int64 `json:"bought"`
	// Calls that were in flight for a second each.
	Calls int64 `json:"calls"`
	// Watches that ended with their replica and were opened again: grpc-go repeats no stream that has begun.
	ReopenedWatches int64 `json:"reopenedWatches"`
}

var (
	files  *protoregistry.Files
	result verdict
)

func main() {
	orders := flag.String("orders", "", "addresses of the order service's replicas, with commas")
	payments := flag.String("payments", "", "likewise, of the payment service")
	tokens := flag.String("tokens", "", "URL that returns a token")
	descriptors := flag.String("descriptors", "", "file of a FileDescriptorSet")
	buyers := flag.Int("buyers", 8, "how many buy at the same time")
	flag.Parse()

	files = read(*descriptors)
	order, payment := dial("order", *orders), dial("payment", *payments)
	var isOver atomic.Bool
	var running sync.WaitGroup
	for number := range *buyers {
		running.Add(1)
		go func() {
			defer running.Done()
			user := fmt.Sprintf("018f0000-0000-7000-9000-%012d", number)
			ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token(*tokens, user))
			for round := 0; !isOver.Load(); round++ {
				// A course of the sandbox's that the user does not have yet.
				course := fmt.Sprintf("018f0000-0000-7000-a000-%012d", number*1_000_000+round)
				if err := buy(ctx, order, payment, course); err != nil {
					fmt.Printf("failed %q\n", err)
					time.Sleep(time.Second)
					continue
				}
				fmt.Println("bought", atomic.AddInt64(&result.Bought, 1))
			}
		}()
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	check(err)
	isOver.Store(true)
	running.Wait()
	check(json.NewEncoder(os.Stdout).Encode(result))
}

func buy(ctx context.Context, orders, payments *grpc.ClientConn, course string) error {
	key := "grpc-go-" + course
	created, err := call(ctx, orders, "till.order.v1.OrderService/CreateOrder", map[string]any{
		"items": []any{map[string]any{"courseId": course}}, "idempotencyKey": key,
	})
	if err != nil {
		return err
	}
	order := created["order"].(map[string]any)
	// tok_slow: in flight for a second, and so while the replica that has it stops.
	_, err = call(ctx, payments, "till.payment.v1.PaymentService/ProcessPayment", map[string]any{
		"orderId": order["id"], "amount": order["total"], "paymentToken": "tok_slow", "idempotencyKey": key,
	})
	if err != nil {
		return err
	}
	return untilPaid(ctx, orders, order["id"])
}

// untilPaid watches an order until it is paid; a watch that ends with its replica is opened again.
func untilPaid(ctx context.Context, orders *grpc.ClientConn, id any) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := watch(ctx, orders, id)
		if status.Code(err) != codes.Unavailable {
			return err
		}
		atomic.AddInt64(&result.ReopenedWatches, 1)
	}
}

func watch(ctx context.Context, orders *grpc.ClientConn, id any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	const name = "till.order.v1.OrderService/WatchOrder"
	method := methodOf(name)
	stream, err := orders.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/"+name)
	if err == nil {
		err = stream.SendMsg(message(method.Input(), map[string]any{"orderId": id}))
	}
	if err == nil {
		err = stream.CloseSend()
	}
	for err == nil {
		next := dynamicpb.NewMessage(method.Output())
		if err = stream.RecvMsg(next); err == nil && isPaid(fields(next)) {
			return nil
		}
	}
	return fmt.Errorf("WatchOrder: %w", err)
}

// isPaid reads what WatchOrder sends: the order as the watch begins, then each change of it.
func isPaid(update map[string]any) bool {
	snapshot, _ := update["snapshot"].(map[string]any)
	change, _ := update["event"].(map[string]any)
	return snapshot["status"] == "ORDER_STATUS_PAID" || change["to"] == "ORDER_STATUS_PAID"
}

func call(ctx context.Context, connection *grpc.ClientConn, name string, request map[string]any) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	method := methodOf(name)
	response := dynamicpb.NewMessage(method.Output())
	atomic.AddInt64(&result.Calls, 1)
	var by peer.Peer
	if err := connection.Invoke(ctx, "/"+name, message(method.Input(), request), response, grpc.Peer(&by)); err != nil {
		return nil, fmt.Errorf("%s: %w", method.Name(), err)
	}
	fmt.Println("served", by.Addr)
	return fields(response), nil
}

func dial(scheme, addresses string) *grpc.ClientConn {
	replicas := manual.NewBuilderWithScheme(scheme)
	var state resolver.State
	for _, address := range strings.Split(addresses, ",") {
		state.Addresses = append(state.Addresses, resolver.Address{Addr: address})
	}
	replicas.InitialState(state)
	connection, err := grpc.NewClient(scheme+":///replicas", grpc.WithResolvers(replicas),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultServiceConfig(serviceConfig))
	check(err)
	return connection
}

func token(url, user string) string {
	response, err := http.Get(url + "?ttl=3600&user=" + user)
	check(err)
	body, err := io.ReadAll(response.Body)
	check(err)
	return string(body)
}

func read(path string) *protoregistry.Files {
	content, err := os.ReadFile(path)
	check(err)
	var set descriptorpb.FileDescriptorSet
	check(proto.Unmarshal(content, &set))
	files, err := protodesc.NewFiles(&set)
	check(err)
	return files
}

func methodOf(name string) protoreflect.MethodDescriptor {
	found, err := files.FindDescriptorByName(protoreflect.FullName(strings.ReplaceAll(name, "/", ".")))
	check(err)
	return found.(protoreflect.MethodDescriptor)
}

func message(descriptor protoreflect.MessageDescriptor, content map[string]any) proto.Message {
	text, err := json.Marshal(content)
	check(err)
	made := dynamicpb.NewMessage(descriptor)
	check(protojson.Unmarshal(text, made))
	return made
}

func fields(of proto.Message) map[string]any {
	text, err := protojson.Marshal(of)
	check(err)
	var content map[string]any
	check(json.Unmarshal(text, &content))
	return content
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
