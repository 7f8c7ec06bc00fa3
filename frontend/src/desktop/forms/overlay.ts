/** Whether something lies on top of the window that is to be answered or closed first. */
export const overlayOpen = () =>
  document.querySelector('[role=dialog], [role=alertdialog], [role=menu]') !== null
