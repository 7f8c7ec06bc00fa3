const roles = ['dialog', 'alertdialog', 'menu']

/** Whether a dialog or a menu is open. One that is closing stays on the page for a moment and doesn't count. */
export const overlayOpen = () =>
  document.querySelector(roles.map((role) => `[role=${role}]:not([data-state=closed])`).join()) !== null
