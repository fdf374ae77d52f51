// The shape of a change of live settings: as a definition has them, and null takes one back to what the version says.
import { z } from 'zod';
import { settingShapes } from './pipelines.js';

type Patchable<S extends z.ZodRawShape> = { [K in keyof S]: z.ZodOptional<z.ZodNullable<S[K]>> };

/** Each field by itself. */
const patchOf = <S extends z.ZodRawShape>(shape: S): z.ZodObject<Patchable<S>, z.core.$strict> =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([name, field]) => [name, (field as z.ZodType).nullable().optional()]),
    ) as unknown as Patchable<S>,
  );

const { live, model, retry, budget, reviewLimits, ofReview, instructions, onFailure, duration } = settingShapes;

const patchOfModel = patchOf({ ...model, retry: patchOf(retry), budget: patchOf(budget) });

export const patchSettings = z.strictObject({
  version: z.number().int().min(0).optional(),
  settings: patchOf({
    ...live,
    ...ofReview,
    limits: patchOf(reviewLimits),
    instructions,
    timeout: duration,
    retry: patchOf(retry),
    onFailure,
    model: patchOfModel,
  }).refine((fields) => Object.keys(fields).length > 0, 'name at least one setting'),
});
