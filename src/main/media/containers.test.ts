import { describe, expect, it } from 'vitest'
import { carriesSound, containerFor } from './containers'

describe('containerFor', () => {
  it.each([
    ['h264', '.mp4', '.mp4'],
    ['h264', '.MOV', '.mov'],
    ['hevc', '.mp4', '.mp4'],
    ['prores', '.mp4', '.mov'],
    ['prores', '.mov', '.mov'],
    ['av1', '.mov', '.mp4'],
    ['vp8', '.mp4', '.mkv'],
    ['wmv2', '.mov', '.mkv'],
    ['h264', '.mkv', '.mkv']
  ])('%s asked for as %s goes to %s', (codec, requested, extension) => {
    const container = containerFor(codec, requested)
    expect(container.extension).toBe(extension)
    expect(container.note === undefined).toBe(requested.toLowerCase() === extension)
  })

  it('refuses other extensions and lists those it knows', () => {
    for (const extension of ['.avi', '', '.webm']) {
      expect(() => containerFor('h264', extension)).toThrow(
        expect.objectContaining({
          code: 'request.unsupported',
          message: expect.stringContaining('.mp4, .mov, .mkv') as string
        })
      )
    }
  })
})

it('carriesSound', () => {
  expect(carriesSound(containerFor('h264', '.mp4'), 'pcm_s24le')).toBe(false)
  expect(carriesSound(containerFor('h264', '.mov'), 'pcm_s24le')).toBe(true)
  expect(carriesSound(containerFor('h264', '.mkv'), 'vorbis')).toBe(true)
})
