export { countedAddress } from "./counted-address.ts";
export { inNetworks } from "./peer-address.ts";
