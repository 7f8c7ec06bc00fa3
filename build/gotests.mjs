// Reads what `go test -json` tells, prints what the tests that failed said, and counts the tests.
import { createInterface } from 'node:readline'

const said = new Map() // by package and test
const ended = { pass: 0, fail: 0, skip: 0 }

for await (const line of createInterface(process.stdin)) {
  const { Action: action, Package: pkg, Test: test, Output: output, FailedBuild } = JSON.parse(line)
  const key = `${pkg} ${test ?? ''}`
  if (action === 'build-output') process.stdout.write(output)
  if (action === 'output') said.set(key, (said.get(key) ?? '') + output)
  if (!(action in ended)) continue
  if (test || FailedBuild) ended[action]++
  if (action === 'fail') process.stdout.write(said.get(key) ?? '')
  said.delete(key)
}
console.log(`${ended.pass} passed, ${ended.fail} failed`)
