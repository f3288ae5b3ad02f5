/** Answers requests of the page with a file or with bytes: whole, in part, or its headers alone. */
import { open, type FileHandle } from 'node:fs/promises'
import type { Served } from '../studio/ports'
import { parseByteRange } from './byte-range'

const CHUNK_BYTES = 256 * 1024

type Body = ConstructorParameters<typeof Response>[0]

export const notFound = (): Response => new Response('not found', { status: 404 })

/** `extra` headers are added to every answer that carries content. */
export async function serve(
  request: Request,
  served: Served,
  extra: Readonly<Record<string, string>> = {}
): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 })
  if (served.kind === 'bytes') {
    const { bytes } = served
    const body = (first: number, last: number): Body => bytes.subarray(first, last + 1)
    return answer(request, { type: served.type, size: bytes.byteLength, body, extra })
  }
  const file = await openFile(served.path)
  if (file === undefined) return notFound()
  const body = (first: number, last: number): Body => streamOf(file, first, last)
  const response = answer(request, { type: served.type, size: (await file.stat()).size, body, extra })
  // Otherwise the body's end closes it.
  if (response.body === null) await file.close()
  return response
}

interface Content {
  readonly type: string
  readonly size: number
  readonly body: (first: number, last: number) => Body
  readonly extra: Readonly<Record<string, string>>
}

function answer(request: Request, { type, size, body, extra }: Content): Response {
  const range = parseByteRange(request.headers.get('range'), size)
  const common = { 'Accept-Ranges': 'bytes', 'X-Content-Type-Options': 'nosniff', ...extra }
  if (range.kind === 'unsatisfiable') {
    return new Response(null, { status: 416, headers: { ...common, 'Content-Range': `bytes */${size}` } })
  }
  const { first, last } = range.kind === 'part' ? range : { first: 0, last: size - 1 }
  const length = last - first + 1
  const headers: Record<string, string> = { ...common, 'Content-Type': type, 'Content-Length': String(length) }
  if (range.kind === 'part') headers['Content-Range'] = `bytes ${first}-${last}/${size}`
  const isEmpty = request.method === 'HEAD' || length === 0
  return new Response(isEmpty ? null : body(first, last), { status: range.kind === 'part' ? 206 : 200, headers })
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, 'r')
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch {
    // Gone, or not ours to read: for the page that is the same.
  }
  return undefined
}

/**
 * Reads as fast as the page takes it. Not `Readable.toWeb`: a video element drops most of its requests half way, and
 * the adapter then writes to a closed controller.
 */
function streamOf(file: FileHandle, first: number, last: number): ReadableStream<Uint8Array> {
  let position = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const length = Math.min(CHUNK_BYTES, last + 1 - position)
        const { bytesRead, buffer } = await file.read(new Uint8Array(length), 0, length, position)
        position += bytesRead
        if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
        // A file that became shorter ends early rather than never.
        if (bytesRead > 0 && position <= last) return
        await file.close()
        controller.close()
      },
      cancel: () => file.close()
    },
    { highWaterMark: 1 }
  )
}
