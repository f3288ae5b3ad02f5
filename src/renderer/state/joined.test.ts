import { expect, it } from 'vitest'
import { joined } from './joined'

it('does the work once for all who ask while it is under way, and again afterwards', async () => {
  let begun = 0
  let answer: (value: string) => void = () => undefined
  const ask = joined(() => {
    begun += 1
    return new Promise<string>((resolve) => (answer = resolve))
  })
  const both = Promise.all([ask(), ask()])
  answer('first')
  expect(await both).toEqual(['first', 'first'])
  expect(begun).toBe(1)
  const again = ask()
  answer('second')
  expect([await again, begun]).toEqual(['second', 2])
})

it('begins anew after a failure', async () => {
  let begun = 0
  const ask = joined(() => ((begun += 1), Promise.reject(new Error('no'))))
  await expect(ask()).rejects.toThrow('no')
  await expect(ask()).rejects.toThrow('no')
  expect(begun).toBe(2)
})
