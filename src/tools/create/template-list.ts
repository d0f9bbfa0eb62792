import { Failure } from '../../failure.ts';
import { type Row, text } from '../../pve/read.ts';
import { line } from '../../render/untrusted.ts';

const SHOWN = 12;
const { compare } = new Intl.Collator('en', { numeric: true });

/**
 * The newest template of this name among those that a node can download (`GET …/aplinfo`): the name of the file, of the
 * package, or its beginning (`debian-13`).
 *
 * @returns the name of the file, undefined where none is called so
 * @throws Failure `invalid_argument` where several packages begin so
 */
export function findTemplate(list: readonly Row[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  const known = list.flatMap((row) => {
    const template = text(row.template);
    return template === undefined ? [] : [{ template, of: text(row.package) ?? packageOf(template) }];
  });
  const newest = (some: typeof known) =>
    some
      .map(({ template }) => template)
      .sort(compare)
      .at(-1);
  const exact = known.find(({ template }) => template.toLowerCase() === wanted);
  if (exact) return exact.template;
  const ofPackage = known.filter(({ of }) => of.toLowerCase() === wanted);
  if (ofPackage.length > 0) return newest(ofPackage);
  const begun = known.filter(({ template }) => template.toLowerCase().startsWith(wanted));
  const packages = [...new Set(begun.map(({ of }) => of))].sort(compare);
  const plain = packages.filter((each) => /-(?:standard|default|cloud|base)$/.test(each));
  const [one] = packages.length === 1 ? packages : plain;
  if (packages.length === 0) return undefined;
  if (one === undefined || (packages.length > 1 && plain.length > 1))
    throw new Failure(
      'invalid_argument',
      `${packages.length} templates begin with ${line(name, 80)}.`,
      `Give one of: ${packages
        .slice(0, SHOWN)
        .map((each) => line(each, 80))
        .join(', ')}${packages.length > SHOWN ? ', …' : ''}.`,
    );
  return newest(begun.filter(({ of }) => of === one));
}

/** What to say where there is no such template. */
export function noTemplate(list: readonly Row[], name: string): Failure {
  const packages = [
    ...new Set(
      list
        .filter(({ section }) => section === undefined || section === 'system')
        .flatMap(({ template }) => text(template) ?? [])
        .map(packageOf),
    ),
  ].sort(compare);
  return new Failure(
    'not_found',
    `There is no container template ${line(name, 80)} to download.`,
    list.length === 0
      ? 'The node has no list of templates: run `pveam update` there, or give a URL or an OCI image such as docker.io/library/debian:13.'
      : `There are: ${packages
          .slice(0, 30)
          .map((each) => line(each, 80))
          .join(', ')}. Else give a URL, or an OCI image such as docker.io/library/debian:13.`,
  );
}

/** `debian-13-standard` of `debian-13-standard_13.1-2_amd64.tar.zst` */
function packageOf(template: string): string {
  return template.replace(/_.*$/, '');
}
