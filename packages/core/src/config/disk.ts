import { z } from 'zod'
import { positiveDuration, size } from './units.ts'

const percent = z
  .string({ error: 'write a part of the disk as text, such as "15%"' })
  .regex(/^(?:\d|[1-8]\d|90)(?:\.\d+)?%$/, { error: 'write a part of the disk from "0%" to "90%"' })
  .transform((text) => Number(text.slice(0, -1)) / 100)

/** How full disks may become; parts are fractions of 1 in the program. */
export const disk = z
  .strictObject({
    floor: size.default(512e6).meta({
      description:
        'What a pull and a copy must leave free, of the data root of the engine and of the release root. `0B`: ' +
        'nothing is looked at, and a disk shows that it is full when it is.',
    }),
    warn: percent.prefault('15%').meta({
      description: 'Somebody is told when less than this is free, of space or of inodes. `0%`: never.',
    }),
    act: percent
      .prefault('10%')
      .meta({ description: 'A prune is run out of turn when less than this is free. `0%`: never.' }),
    every: positiveDuration.prefault('1m').meta({ description: 'How often is looked.' }),
  })
  .prefault({})
  .superRefine(({ warn, act }, context) => {
    if (act <= warn) return
    context.addIssue({ code: 'custom', path: ['act'], message: 'must not be more than `warn`' })
  })
  .meta({ description: 'How full the disks may become.' })
