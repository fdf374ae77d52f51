// Properties are tried on the same examples each time, so that a run says the same of the same code. `npm run proof -- --only
// properties` tries new ones.
import fc from 'fast-check';
import { propertySeed } from './property-runs.js';

if (propertySeed !== undefined) fc.configureGlobal({ seed: propertySeed });
