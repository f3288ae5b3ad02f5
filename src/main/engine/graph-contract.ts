/**
 * What each graph of a pack may take and must give: the table of docs/model-pack.md ("Graphs") as data.
 *
 * A graph lists only the inputs that it uses; a name that is not in the table is refused, since nobody could feed it.
 */
import { FoleyError } from '@shared/errors'
import { GRAPH_NAMES, type GraphName, type GraphSpec, type PackManifest, type TensorSpec } from '@shared/pack'

type TensorType = TensorSpec['type']

/**
 * Axes by letter: `D`, `C`, `H`, `W`, `bins` are fixed by the manifest, the others are free. `width` is the model's own
 * business; `any` is a batch that is only ever one, so a graph may fix it.
 */
interface TensorContract {
  readonly type: TensorType
  readonly axes: readonly string[]
}

interface GraphContract {
  readonly inputs: Readonly<Record<string, TensorContract>>
  readonly outputs: Readonly<Record<string, TensorContract>>
  /** Without these the graph makes no sense. */
  readonly required: readonly string[]
}

const float = (...axes: readonly string[]): TensorContract => ({ type: 'float32', axes })
const index = (...axes: readonly string[]): TensorContract => ({ type: 'int64', axes })

const CONTEXT = {
  context: float('B', 'K', 'width'),
  context_positions: float('B', 'K'),
  context_mask: float('B', 'K'),
  global_condition: float('B', 'width')
} as const

const CONTRACT: Readonly<Record<GraphName, GraphContract>> = Object.freeze({
  visualEncoder: {
    inputs: { frames: float('T', '3', 'H', 'W') },
    outputs: { features: float('T', 'D'), impact: float('T', 'bins'), loudness: float('T', 'bins') },
    required: ['frames', 'features']
  },
  conditioner: {
    inputs: {
      features: float('B', 'T', 'D'),
      sin_positions: float('B', 'T'),
      rope_positions: float('B', 'T'),
      sync_positions: float('B', 'P'),
      sync_loudness: float('B', 'P'),
      sync_mask: float('B', 'P'),
      sync_mode: index('B'),
      material: index('B'),
      present: float('B')
    },
    outputs: CONTEXT,
    required: ['features', 'context']
  },
  velocity: {
    inputs: {
      latents: float('B', 'N', 'C'),
      time: float('B'),
      known: float('B', 'N', 'C'),
      known_mask: float('B', 'N'),
      audio_positions: float('B', 'N'),
      guidance: float('B'),
      until: float('B'),
      ...CONTEXT
    },
    outputs: { velocity: float('B', 'N', 'C') },
    required: ['latents', 'time', 'velocity']
  },
  decoder: {
    inputs: { latents: float('any', 'N', 'C') },
    outputs: { waveform: float('any', 'samples') },
    required: ['latents', 'waveform']
  },
  audioEncoder: {
    inputs: { waveform: float('any', 'samples') },
    outputs: { latents: float('any', 'N', 'C') },
    required: ['waveform', 'latents']
  }
})

function fixedExtents(manifest: PackManifest): ReadonlyMap<string, number> {
  const { visual, latent } = manifest
  return new Map([
    ['3', 3],
    ['H', visual.height],
    ['W', visual.width],
    ['D', visual.featureChannels],
    ['bins', visual.impactBins],
    ['C', latent.channels]
  ])
}

function refuse(where: string, expected: string, got: string): never {
  throw new FoleyError(
    'pack.invalid',
    `The model pack's ${where} should be ${expected}, but is ${got}.`,
    'Export the pack again with this version of the training package (docs/model-pack.md).'
  )
}

/** The graphs that a pack has, in the order in which they run. */
export function packGraphs(manifest: PackManifest): (readonly [GraphName, GraphSpec])[] {
  return GRAPH_NAMES.flatMap((name) => {
    const graph = manifest.graphs[name]
    return graph ? [[name, graph] as const] : []
  })
}

export function describeTensor(tensor: Pick<TensorSpec, 'type' | 'axes'>): string {
  return `${tensor.type} [${tensor.axes.join(', ')}]`
}

function checkTensor(
  where: string,
  spec: TensorSpec,
  contract: TensorContract,
  fixed: ReadonlyMap<string, number>
): void {
  const fits = (axis: string | number, letter: string): boolean => {
    const extent = fixed.get(letter)
    if (extent !== undefined) return axis === extent
    return typeof axis === 'string' || letter === 'width' || (letter === 'any' && axis === 1)
  }
  const same =
    spec.type === contract.type &&
    spec.axes.length === contract.axes.length &&
    spec.axes.every((axis, position) => fits(axis, contract.axes[position]!))
  if (same) return
  const expected = contract.axes.map((letter) => fixed.get(letter) ?? letter)
  refuse(where, describeTensor({ type: contract.type, axes: expected }), describeTensor(spec))
}

/** Refuses (`pack.invalid`) a manifest whose graphs this application could not feed or read. */
export function checkGraphContracts(manifest: PackManifest): void {
  const fixed = fixedExtents(manifest)
  for (const [name, graph] of packGraphs(manifest)) {
    const contract = CONTRACT[name]
    for (const side of ['inputs', 'outputs'] as const) {
      for (const spec of graph[side]) {
        const known = contract[side][spec.name]
        const where = `graphs.${name}.${side}.${spec.name}`
        if (!known) refuse(where, `one of ${Object.keys(contract[side]).join(', ')}`, 'a name that nobody knows')
        checkTensor(where, spec, known, fixed)
      }
    }
    const listed = new Set([...graph.inputs, ...graph.outputs].map((tensor) => tensor.name))
    const heads = name === 'visualEncoder' && manifest.visual.impactBins > 0 ? ['impact', 'loudness'] : []
    for (const required of [...contract.required, ...heads]) {
      if (!listed.has(required)) refuse(`graphs.${name}.${required}`, 'listed in the manifest', 'missing')
    }
  }
  checkGuidance(manifest)
  const given = new Set(manifest.graphs.conditioner.outputs.map((tensor) => tensor.name))
  for (const { name } of manifest.graphs.velocity.inputs) {
    if (name in CONTEXT && !given.has(name))
      refuse(`graphs.conditioner.${name}`, 'an output: velocity reads it', 'missing')
  }
}

/** A velocity is guided once: by its own input, or by the sampler. */
function checkGuidance({ guidance, graphs }: PackManifest): void {
  const takesScale = graphs.velocity.inputs.some(({ name }) => name === 'guidance')
  if (guidance === 'embedded' && !takesScale)
    refuse('graphs.velocity.guidance', 'an input: guidance is embedded', 'missing')
  if (guidance !== 'embedded' && takesScale) refuse('guidance', 'embedded: the velocity takes it as an input', guidance)
}
