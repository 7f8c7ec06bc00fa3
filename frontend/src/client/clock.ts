/** Whether fewer milliseconds than these have passed since a time. The device's clock may have been put back since. */
export function isWithin(milliseconds: number, since: number): boolean {
  const passed = Date.now() - since
  return passed >= 0 && passed < milliseconds
}
