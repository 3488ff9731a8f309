/** One turn of the event loop: sockets are read and promises run before it resolves. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
