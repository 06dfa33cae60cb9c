// A file chooser for what can also be dropped on the page; whoever takes drops takes this too.

export default function ({ parentElement }) {
  const input = parentElement.querySelector("input")
  input.onchange = () => {
    if (input.files[0]) document.dispatchEvent(new CustomEvent("image-workbench-file", { detail: input.files[0] }))
    input.value = ""
  }
}
