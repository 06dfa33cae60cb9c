// The images of the Compare page; base/browser/panes.js shows them.

const groups = new WeakMap()

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".comparison")
  if (!groups.has(root)) groups.set(root, new Panes(root, { wheel: true }))
  groups.get(root).update(data.images)
  return () => { groups.get(root)?.remove(); groups.delete(root) }
}
