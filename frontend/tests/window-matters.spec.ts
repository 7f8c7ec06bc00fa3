import { expect, type Page } from '@playwright/test'
import { Maya } from './firm'
import { look } from './look'
import { addAdmin, choosePassword, resetPath } from './portald'
import { test } from './processes'
import { choose, dialog } from './window'

const okafor = 'Okafor: purchase of 14 Elm Street'

const matters = (page: Page) => page.getByRole('listbox', { name: 'Matters' })
const people = (page: Page) => page.getByRole('listbox', { name: 'Portal participants' })
const matter = (page: Page) => page.getByRole('main').getByRole('region').first()
const box = (page: Page) => page.getByRole('textbox', { name: 'Enter message' })

async function open(page: Page, title: string) {
  await matters(page).getByRole('option', { name: title }).click()
  await expect(page.getByRole('heading', { name: title })).toBeVisible()
}

/** Opens the list of users who can be assigned, once they are known. */
async function openPicker(page: Page) {
  await page.getByRole('button', { name: 'Assigned to you' }).click()
  const picker = dialog(page, 'Assign to')
  await expect(picker.getByRole('option', { name: 'Tom Reyes' })).toBeVisible()
  await expect(picker.getByRole('combobox')).toBeFocused()
}

async function signIn(page: Page, address: string, email: string, password: string) {
  await page.getByLabel('Portal address').fill(address)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Up to date')).toBeVisible()
}

test.describe('on the demo firm', () => {
  test.beforeEach(async ({ demo: page }) => {
    await expect(page.getByText('Up to date')).toBeVisible()
  })

  test('filters and counts matters while typing', async ({ demo: page }) => {
    await expect(page.getByRole('button', { name: 'Mine 7' })).toBeVisible()
    await page.getByRole('textbox', { name: 'Filter matters' }).fill('elm oka')
    await expect(matters(page).getByRole('option')).toHaveCount(1)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: okafor })).toBeVisible()
    await page.getByRole('textbox', { name: 'Filter matters' }).fill('no such matter')
    await expect(page.getByText('No matching matters')).toBeVisible()
    await look(page, 'matters-filter-none')
  })

  test('creates and edits a matter with the keyboard alone', async ({ demo: page }) => {
    await page.getByRole('button', { name: 'New matter' }).focus()
    await page.keyboard.press('Enter')
    const form = dialog(page, 'New matter')
    await expect(form.getByLabel('Title')).toBeFocused()
    await look(page, 'matters-new')
    await page.keyboard.press('Enter')
    await expect(form.getByText('Enter a reference.')).toBeVisible()
    await expect(form.getByLabel('Reference')).toBeFocused()
    await look(page, 'matters-new-required')

    await page.keyboard.type('2026-0147')
    await page.keyboard.press('Tab')
    await page.keyboard.type('conv')
    await look(page, 'matters-types')
    await page.keyboard.press('Enter')
    await expect(form.getByLabel('Type')).toHaveValue('Conveyancing')
    await form.getByLabel('Title').fill('Ferreira: sale of 3 Mill Lane')
    await form.getByRole('checkbox', { name: 'Tom Reyes' }).check()
    await form.getByLabel('Title').press('Enter')
    await expect(form.getByRole('alert').filter({ hasText: 'reference' })).toBeVisible()
    await look(page, 'matters-new-taken')

    await page.keyboard.press('Escape')
    const ask = page.getByRole('alertdialog', { name: 'Discard changes?' })
    await expect(ask).toBeVisible()
    await look(page, 'matters-discard')
    await ask.getByRole('button', { name: 'Keep editing' }).click()
    await form.getByLabel('Reference').fill('2026-0901')
    await form.getByLabel('Reference').press('Enter')
    await expect(form).toBeHidden()
    await expect(page.getByRole('heading', { name: 'Ferreira: sale of 3 Mill Lane' })).toBeVisible()
    await expect(matter(page)).toContainText('2026-0901 · Conveyancing')
    await expect(page.getByText('None yet')).toBeVisible()
    await look(page, 'matters-opened')

    await choose(page, 'More actions for this matter', 'Edit team')
    await expect(dialog(page, 'Edit team').getByLabel('Tom Reyes')).toBeChecked()
    await look(page, 'matters-team')
    await page.keyboard.press('Escape')
    await expect(page.getByRole('button', { name: 'More actions for this matter' })).toBeFocused()

    await choose(page, 'More actions for this matter', 'Edit matter')
    await dialog(page, 'Edit matter').getByLabel('Title').fill('Ferreira: sale of 5 Mill Lane')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: 'Ferreira: sale of 5 Mill Lane' })).toBeVisible()
  })

  test('closes a matter after a warning and undoes it', async ({ demo: page }) => {
    await open(page, okafor)
    await box(page).fill('Typed before it was closed')
    await page.getByRole('button', { name: 'More actions for this matter' }).click()
    await look(page, 'matters-menu')
    await page.getByRole('menuitem', { name: 'Close matter' }).click()
    await expect(page.getByRole('alertdialog')).toContainText('No one will be able to write in it')
    await look(page, 'matters-close')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Close matter' }).click()
    await expect(page.getByText('This matter is closed. Reopen it to write.')).toBeVisible()
    await expect(box(page)).toBeHidden()
    await expect(page.getByText(`Closed ${okafor}`)).toBeVisible()
    await look(page, 'matters-closed')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(box(page)).toHaveValue('Typed before it was closed')
  })

  test('assigns a matter and says who gets the alerts', async ({ demo: page }) => {
    await open(page, okafor)
    await openPicker(page)
    await page.keyboard.type('tom')
    await look(page, 'matters-assign')
    await page.keyboard.press('Enter')
    const ask = page.getByRole('alertdialog', { name: 'Assign this matter to Tom Reyes?' })
    await expect(ask).toContainText("You'll stay on its team")
    await look(page, 'matters-assign-ask')
    await ask.getByRole('button', { name: 'Assign' }).click()
    await expect(page.getByRole('status').getByText('Assigned to Tom Reyes')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Undo' })).toBeHidden()

    // A user on the team can't manage the matter any more, and sees why.
    await expect(matter(page).getByText('Assigned to Tom Reyes')).toBeVisible()
    await expect(page.getByRole('button', { name: 'Assigned to Tom Reyes' })).toHaveCount(0)
    await page.getByRole('button', { name: 'More actions for this matter' }).click()
    await expect(page.getByRole('menuitem', { name: 'Edit team' })).toBeDisabled()
    await expect(page.getByRole('menuitem', { name: 'Close matter' })).toBeDisabled()
    await expect(page.getByRole('menuitem', { name: 'Edit matter' })).toBeEnabled()
    await expect(page.getByText('Only the assigned user or an admin can close this matter')).toBeVisible()
    await look(page, 'matters-assigned')
  })

  test('adds, invites, edits and removes a participant', async ({ demo: page }) => {
    await open(page, okafor)
    await page.getByRole('button', { name: 'Add participant' }).click()
    const form = dialog(page, 'Add participant')
    await form.getByLabel('Name').fill('Nadia Haddad')
    await form.getByLabel('Role').fill('Seller’s solicitor')
    await form.getByRole('checkbox', { name: 'On the other side' }).check()
    await look(page, 'people-add')
    await form.getByRole('button', { name: 'Add' }).click()

    const invite = dialog(page, 'Invite Nadia Haddad')
    const link = invite.getByLabel('Invitation link')
    await expect(link).toHaveValue(/^http.*\/invited#.+/)
    await expect(invite).toContainText('Works until')
    const first = await link.inputValue()
    await invite.getByRole('button', { name: 'Copy' }).click()
    await expect(invite.getByRole('button', { name: 'Copied' })).toBeVisible()
    await look(page, 'people-invite')
    await invite.getByRole('button', { name: 'New link' }).click()
    await expect(link).not.toHaveValue(first)
    await expect(invite.getByText('PIN', { exact: true })).toBeHidden()
    await invite.getByRole('checkbox', { name: 'Ask for a PIN with a new link' }).check()
    await invite.getByRole('button', { name: 'New link' }).click()
    await expect(link).toHaveValue(/&pin$/)
    await expect(invite.getByText(/^PIN \d{3} \d{3}$/)).toBeVisible()
    await expect(invite).toContainText('Tell them the PIN by telephone')
    await look(page, 'people-invite-pin')
    await invite.getByRole('button', { name: 'Revoke link' }).click()
    await expect(invite).toContainText('The link no longer works.')
    await look(page, 'people-revoked')
    await page.keyboard.press('Escape')
    await expect(invite).toBeHidden()
    await expect(page.getByRole('button', { name: 'Add participant' })).toBeFocused()

    const nadia = people(page).getByRole('option', { name: 'Nadia Haddad' })
    await expect(nadia).toContainText('other side · not joined yet')
    await nadia.click()
    await expect(page.getByRole('button', { name: 'Invite' })).toBeVisible()
    await look(page, 'people-not-joined')

    await choose(page, 'More actions for Nadia Haddad', 'Edit')
    await dialog(page, 'Edit participant').getByLabel('Role').fill('Agent')
    await page.keyboard.press('Tab')
    await dialog(page, 'Edit participant').getByRole('button', { name: 'Save' }).click()
    await expect(nadia).toContainText('Agent')

    await choose(page, 'More actions for Nadia Haddad', 'Remove')
    await look(page, 'people-remove')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
    await expect(nadia).toContainText('removed')
    await expect(people(page).getByRole('option').last()).toContainText('Nadia Haddad')
    await expect(
      page.getByText('Nadia no longer has access to this matter. You can still read'),
    ).toBeVisible()
    await expect(box(page)).toBeHidden()
    await look(page, 'people-removed')
  })

  test('shows the matter form in a small window', async ({ demo: page }) => {
    await page.setViewportSize({ width: 900, height: 600 })
    await open(page, okafor)
    await page.getByRole('button', { name: 'New matter' }).click()
    await look(page, 'matters-new-small')
    await page.keyboard.press('Escape')
    await expect(page.getByRole('button', { name: 'New matter' })).toBeFocused()
    await look(page, 'matters-small')
  })
})

test('keeps a new matter in its form while the portal is away', async ({ signedOut: page, portal }) => {
  await signIn(page, portal.address, 'maya@hartwell.example', 'demo demo demo')
  await page.getByRole('button', { name: 'New matter' }).click()
  const form = dialog(page, 'New matter')
  await form.getByLabel('Title').fill('Ferreira: sale of 3 Mill Lane')
  await form.getByLabel('Reference').fill('2026-0901')
  await form.getByLabel('Type').fill('Conveyancing')
  await form.getByLabel('Title').focus()
  await portal.stop()
  await expect(form.getByText('Not connected to the portal.')).toBeVisible()
  await expect(form.getByRole('button', { name: 'Create matter' })).toBeDisabled()
  await look(page, 'matters-offline')
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Keep editing' }).click()
  await portal.start()
  await expect(form.getByText('Not connected to the portal.')).toBeHidden()
  await form.getByRole('button', { name: 'Create matter' }).click()
  await expect(page.getByRole('heading', { name: 'Ferreira: sale of 3 Mill Lane' })).toBeVisible()
})

test('assigns a matter offline and sends it when the portal is back', async ({ signedOut: page, portal }) => {
  await signIn(page, portal.address, 'maya@hartwell.example', 'demo demo demo')
  await open(page, okafor)
  await openPicker(page)
  await page.keyboard.press('Escape')
  await portal.stop()
  await expect(page.getByText('Offline')).toBeVisible()
  await openPicker(page)
  await page.keyboard.type('tom')
  await page.keyboard.press('Enter')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Assign' }).click()
  await expect(page.getByRole('status').getByText('Will be assigned to Tom Reyes once synced')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Will be assigned to Tom Reyes once synced' })).toBeVisible()
  await page.getByRole('button', { name: 'More actions for this matter' }).click()
  await expect(page.getByRole('menuitem', { name: 'Close matter' })).toBeDisabled()
  await look(page, 'matters-assign-waits')
  await page.keyboard.press('Escape')
  await portal.start()
  await expect(matter(page).getByText('Assigned to Tom Reyes')).toBeVisible()
})

test('lets an admin manage the users of the firm', async ({ signedOut: page, portal, data }) => {
  const leah = 'leah@hartwell.example'
  addAdmin(data, 'Leah Stone', leah)
  await choosePassword(portal, resetPath(data, leah), 'three blind mice running')
  await signIn(page, portal.address, leah, 'three blind mice running')

  await choose(page, 'Leah Stone', 'Firm settings')
  const settings = dialog(page, 'Firm settings')
  const idle = settings.getByLabel('Sign staff out when inactive for')
  await expect(idle).toHaveValue('30')
  await idle.fill('0')
  await settings.getByRole('button', { name: 'Save' }).click()
  await expect(settings.getByText('Enter a number from 1 to 365.')).toBeVisible()
  await expect(idle).toBeFocused()
  await look(page, 'firm-settings')
  await idle.fill('7')
  await settings.getByRole('checkbox', { name: "A matter's team can reassign" }).check()
  await settings.getByRole('button', { name: 'Save' }).click()
  await expect(settings).toBeHidden()
  await choose(page, 'Leah Stone', 'Firm settings')
  await expect(idle).toHaveValue('7')
  await page.keyboard.press('Escape')

  await choose(page, 'Leah Stone', 'Users')
  const sheet = dialog(page, 'Users')
  await expect(sheet.getByRole('listitem')).toHaveCount(4)
  await look(page, 'firm-people')

  await sheet.getByRole('button', { name: 'Add a colleague' }).click()
  const form = dialog(page, 'Add a colleague')
  await form.getByLabel('Name').fill('Omar Aziz')
  await form.getByLabel('Email').fill('maya@hartwell.example')
  await form.getByRole('button', { name: 'Add' }).click()
  await expect(form.getByText('A user with this email already exists.')).toBeVisible()
  await look(page, 'firm-add')
  await form.getByLabel('Email').fill('omar@hartwell.example')
  await form.getByRole('button', { name: 'Add' }).click()
  const added = dialog(page, 'Omar Aziz was added')
  const link = added.getByLabel('Password link')
  await expect(link).toHaveValue(/\/reset#.+/)
  await expect(link).toBeFocused()
  await look(page, 'firm-added')
  await page.keyboard.press('Escape')
  await expect(added).toBeHidden()
  const omar = sheet.getByRole('listitem').filter({ hasText: 'Omar Aziz' })
  await expect(omar).toBeVisible()

  await choose(page, 'More actions for Omar Aziz', 'Make admin')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make admin' }).click()
  await expect(omar).toContainText('Admin')
  await choose(page, 'More actions for Omar Aziz', 'Deactivate')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Deactivate' }).click()
  await expect(omar).toContainText('deactivated')

  await page.getByRole('button', { name: 'More actions for Maya Hart' }).click()
  await look(page, 'firm-menu')
  await page.getByRole('menuitem', { name: 'Deactivate' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Deactivate' }).click()
  const now = page.getByRole('alertdialog', { name: "Maya Hart isn't deactivated yet" })
  await expect(now).toContainText('Reassign them first.')
  await look(page, 'firm-end-access')
  await now.getByRole('button', { name: 'Sign out and delete their copies' }).click()
  await expect(sheet.getByText('Maya Hart was signed out')).toBeVisible()
  await look(page, 'firm-has-matters')
})

test('shows who joined, and tells people apart whose names look the same', async ({
  signedOut: page,
  portal,
}) => {
  const maya = await new Maya(portal).signIn()
  const elm = await maya.open('Haddad: purchase of 3 Mill Lane', 'tom')
  const nadia = await maya.add(elm, 'Nadia Haddad')
  const { path, pin } = await maya.inviteWithPin(nadia)
  const wrong = pin === '123456' ? '654321' : '123456'
  const accept = (pin: string, secret: string) =>
    fetch(`${portal.address}/api/v1/invitations/accept`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        ...{ invitation: secret, pin, email: 'nadia@haddad.example', password: 'three blind mice' },
      }),
    })
  for (let n = 0; n < 5; n++) await accept(wrong, path.split(/[#&]/)[1])

  await signIn(page, portal.address, 'maya@hartwell.example', 'demo demo demo')
  await open(page, 'Haddad: purchase of 3 Mill Lane')
  const row = people(page).getByRole('option', { name: 'Nadia Haddad' })
  await expect(row).toContainText('link stopped after wrong tries')
  await row.click()
  await page.getByRole('button', { name: 'Invite' }).click()
  await expect(dialog(page, 'Invite Nadia Haddad')).toContainText('after five wrong PINs')
  await look(page, 'people-wrong-pins')
  await page.keyboard.press('Escape')

  const again = await maya.inviteWithPin(nadia)
  expect((await accept(again.pin, again.path.split(/[#&]/)[1])).ok).toBe(true)
  await expect(row).toContainText('nadia@haddad.example')

  // A colleague takes her name, in letters of another alphabet.
  const tom = await new Maya(portal).signIn('tom')
  await tom.rename('Nаdiа Haddad')
  await tom.send(nadia, 'Please transfer the deposit to this account.')
  await expect(page.getByRole('log')).toContainText('(tom@hartwell.example)')
  await look(page, 'people-namesakes')
})
