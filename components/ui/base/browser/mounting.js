// Return what a component exports: it keeps one view for each element of this selector, made when the element appears,
// updated in each rerun of the page, and removed with the element. A view has `update(component)` and `remove()`.
// Streamlit also cleans up after a call that a newer one overtook while the module was imported: the element stays then.
function mounting(selector, View) {
  const views = new WeakMap()
  return component => {
    const root = component.parentElement.querySelector(selector)
    let view = views.get(root)
    if (!view) views.set(root, (view = new View(root, component.data)))
    view.update(component)
    return () => {
      if (root.isConnected) return
      view.remove()
      views.delete(root)
    }
  }
}
