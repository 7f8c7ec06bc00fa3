// Reads the output of `go test -json`, prints the output of the tests that failed, and counts the tests.
import { createInterface } from 'node:readline'

const outputs = new Map() // by package and test
const ended = { pass: 0, fail: 0, skip: 0 }

for await (const line of createInterface(process.stdin)) {
  const { Action: action, Package: pkg, Test: test, Output: output, FailedBuild } = JSON.parse(line)
  const key = `${pkg} ${test ?? ''}`
  if (action === 'build-output') process.stdout.write(output)
  if (action === 'output') outputs.set(key, (outputs.get(key) ?? '') + output)
  if (!(action in ended)) continue
  if (test || FailedBuild) ended[action]++
  if (action === 'fail') process.stdout.write(outputs.get(key) ?? '')
  outputs.delete(key)
  if (action !== 'fail' || test) continue
  // A test that was running when its package timed out or crashed never ends. Its output says why.
  for (const [unended, output] of outputs) if (unended.startsWith(`${pkg} `)) process.stdout.write(output)
}
console.log(`${ended.pass} passed, ${ended.fail} failed`)
