import { moneyFromDecimal, type Money } from "@till/money";

export type User = { readonly id: string; readonly active: boolean; readonly displayName: string };

export type Course = {
  readonly id: string;
  readonly title: string;
  readonly price: Money;
  readonly onSale: boolean;
};

/** The people who are always there. */
export const users: readonly User[] = [
  { id: "018f0000-0000-7000-8000-0000000000a1", active: true, displayName: "Ada Okafor" },
  { id: "018f0000-0000-7000-8000-0000000000a2", active: true, displayName: "Bo Lindqvist" },
  { id: "018f0000-0000-7000-8000-0000000000a9", active: false, displayName: "Ines Duarte" },
];

/** What is always on the shelf. */
export const courses: readonly Course[] = [
  course("018f0000-0000-7000-8000-0000000000c1", "Distributed Systems in Practice", "49.00"),
  course("018f0000-0000-7000-8000-0000000000c2", "SQL You Can Reason About", "19.90"),
  { ...course("018f0000-0000-7000-8000-0000000000c9", "Perl for the Web", "29.00"), onSale: false },
];

/** Every id that begins so is an active user, so that load needs no set-up. */
export const loadUserPrefix = "018f0000-0000-7000-9";

/** Every id that begins so is a course at EUR 10.00. */
export const loadCoursePrefix = "018f0000-0000-7000-a";

/** The user with this id, whatever the case of its letters. */
export function findUser(id: string): User | undefined {
  const known = id.toLowerCase();
  if (!known.startsWith(loadUserPrefix)) return usersById.get(known);
  return { id: known, active: true, displayName: `Learner ${known.slice(-4)}` };
}

/** The course with this id, whatever the case of its letters. */
export function findCourse(id: string): Course | undefined {
  const known = id.toLowerCase();
  if (!known.startsWith(loadCoursePrefix)) return coursesById.get(known);
  return course(known, `Short Course ${known.slice(-4)}`, "10.00");
}

const usersById: ReadonlyMap<string, User> = new Map(users.map((user) => [user.id, user]));
const coursesById: ReadonlyMap<string, Course> = new Map(courses.map((item) => [item.id, item]));

function course(id: string, title: string, euros: string): Course {
  return { id, title, price: moneyFromDecimal(euros, "EUR"), onSale: true };
}
