// A file chooser. It hands the file to drop_anywhere.js, as if it were dropped on the page.

export default function ({ parentElement }) {
  const input = parentElement.querySelector("input")
  input.onchange = () => {
    if (input.files[0]) document.dispatchEvent(new CustomEvent("image-workbench-file", { detail: input.files[0] }))
    input.value = ""
  }
}
