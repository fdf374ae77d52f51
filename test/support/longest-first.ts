// Where vitest does not know how long files took, as on a clean checkout, it begins with the largest. Rehearsals are small files that
// take long: begun last, one of them has a worker to itself while the other one has nothing to do.
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

const placeOf = ({ project, moduleId }: TestSpecification): number =>
  project.config.sequence.groupOrder * 2 + (moduleId.includes('/test/simulate/') ? 0 : 1);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}
