/** Whether a dialog or a menu is open. */
export const overlayOpen = () =>
  document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null
