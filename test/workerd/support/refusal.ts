/** What a call is rejected with. (`expect(call).rejects` looks at a call's promise in a way that reports it as unhandled.) */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}
