/** Every number in a parameter that can be a VMID: `101`, `101,102`, `vm:101,ct:102`, `101-0`, or a list of such. */
export function vmidsIn(value: string | readonly string[] | undefined): number[] {
  const found = [value ?? []].flat().flatMap((text) => text.match(/(?<![\d-])\d{3,9}(?!\d)/g) ?? []);
  return [...new Set(found.map(Number))];
}
