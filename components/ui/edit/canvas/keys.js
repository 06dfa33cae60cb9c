// Keyboard shortcuts of the canvas. They work while the pointer is over the image and no text field has the focus.

const TEXT_FIELD = /^(INPUT|TEXTAREA|SELECT)$/

// Return what a key does, or undefined for a key that the canvas does not use.
function actionOf(tools, event) {
  const { key, shiftKey } = event
  if (tools.picker?.isBusy) return key === "Escape" ? () => tools.picker.cancel() : undefined
  const corners = tools.corners?.places.length ?? 0
  if (event.ctrlKey || event.metaKey) {
    const letter = key.toLowerCase()
    if (letter === "z" && !shiftKey) return corners ? () => tools.removeCorner() : () => tools.acts.push({ name: "undo" })
    return letter === "y" || letter === "z" ? () => tools.acts.push({ name: "redo" }) : undefined
  }
  if (event.altKey) return undefined
  if (key === "[" || key === "]") return () => tools.brush.resize(key === "]" ? 1 : -1)
  if (corners) return { Enter: () => tools.corners.close(), Escape: () => tools.dropCorners(), Backspace: () => tools.removeCorner() }[key]
  const remove = tools.adapter?.isReshaping && tools.adapter.button("delete")
  return remove && !remove.disabled && (key === "Delete" || key === "Backspace") ? () => remove.click() : undefined
}

function handleKey(tools, event) {
  if (event.type !== "keydown" || !tools.inside || TEXT_FIELD.test(event.composedPath()[0].tagName)) return
  const action = actionOf(tools, event)
  if (!action) return
  event.preventDefault()
  event.stopPropagation()
  action()
}
