/** The role of a caller, as its verified token has it. */
export type Role = "user" | "admin" | "service";

/** Whether a caller may read what a user owns: users their own things, admins and services everything. */
export function mayRead(userId: string, caller: { readonly id: string; readonly role: Role }): boolean {
  return caller.role !== "user" || caller.id === userId;
}
