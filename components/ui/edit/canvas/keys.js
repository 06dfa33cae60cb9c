// Keys that people know from other programs. They count while the pointer is over the picture and nobody writes.

const WRITING = /^(INPUT|TEXTAREA|SELECT)$/

// What a key does on the easel; undefined for a key that is none of its own.
function actionOf(easel, event) {
  const { key, shiftKey } = event
  const corners = easel.corners?.places.length ?? 0
  if (event.ctrlKey || event.metaKey) {
    const letter = key.toLowerCase()
    if (letter === "z" && !shiftKey) return corners ? () => easel.lessCorners() : () => easel.step(-1)
    return letter === "y" || letter === "z" ? () => easel.step(1) : undefined
  }
  if (event.altKey) return undefined
  if (key === "[" || key === "]") return () => easel.resize(key === "]" ? 1 : -1)
  if (corners) return { Enter: () => easel.corners.close(), Escape: () => easel.dropCorners(), Backspace: () => easel.lessCorners() }[key]
  const remove = easel.moving && easel.button("Delete")
  return remove && !remove.disabled && (key === "Delete" || key === "Backspace") ? () => remove.click() : undefined
}

function pressed(easel, event) {
  if (event.type !== "keydown" || !easel.inside || WRITING.test(event.composedPath()[0].tagName)) return
  const action = actionOf(easel, event)
  if (!action) return
  event.preventDefault()
  event.stopPropagation()
  action()
}
