// Script and layout of a page from Chromium's trace, as processor time of the page's main thread: what other programs take
// from it does not count.
const SCRIPT = ['EventDispatch', 'FunctionCall', 'EvaluateScript', 'FireAnimationFrame', 'RunMicrotasks', 'TimerFire']
const LAYOUT = ['UpdateLayoutTree', 'Layout']

/** Runs `work`, which marks with `performance.mark` where a turn begins ("turn") and where it ends ("counting"). */
export async function traceTurns(page, work) {
  const inspector = await page.context().browser().newBrowserCDPSession()
  const trace = []
  inspector.on('Tracing.dataCollected', ({ value }) => trace.push(...value))
  const includedCategories = ['devtools.timeline', 'blink.user_timing']
  await inspector.send('Tracing.start', { traceConfig: { includedCategories }, transferMode: 'ReportEvents' })
  await work()
  const complete = new Promise((done) => inspector.once('Tracing.tracingComplete', done))
  await inspector.send('Tracing.end')
  await complete
  await inspector.detach()
  return spentByTurn(trace)
}

/** Milliseconds of script and of layout in each turn. What runs inside something counted is part of it. */
function spentByTurn(trace) {
  const marks = trace
    .filter(({ name, cat }) => cat.includes('user_timing') && ['turn', 'counting'].includes(name))
    .toSorted((a, b) => a.ts - b.ts)
  const { pid, tid } = marks[0]
  const counted = trace
    .filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X')
    .filter(({ name }) => [...SCRIPT, ...LAYOUT].includes(name))
    .toSorted((a, b) => a.ts - b.ts || b.dur - a.dur)
  let end = 0
  const outer = counted.filter(({ ts, dur }) => {
    const isOuter = ts >= end
    if (isOuter) end = ts + dur
    return isOuter
  })
  return marks.flatMap((mark, index) => {
    if (mark.name !== 'turn') return []
    const until = marks[index + 1]?.ts ?? Infinity
    const during = outer.filter(({ ts }) => ts >= mark.ts && ts < until)
    const sum = (names) =>
      during.reduce((total, { name, tdur = 0 }) => total + (names.includes(name) ? tdur / 1000 : 0), 0)
    const [script, layout] = [sum(SCRIPT), sum(LAYOUT)]
    return [{ script, layout, total: script + layout }]
  })
}
