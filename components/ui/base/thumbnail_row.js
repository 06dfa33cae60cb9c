// A row of small images, several rows of many; a click chooses one.

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".strip")
  const key = JSON.stringify(data.runs)
  if (root.dataset.key === key) return
  root.dataset.key = key
  root.classList.toggle("many", Boolean(data.many))
  root.replaceChildren(
    ...data.runs.map(run => {
      const button = document.createElement("button")
      button.type = "button"
      button.title = run.title
      button.setAttribute("aria-label", run.title)
      if (run.current) button.setAttribute("aria-current", "true")
      button.onclick = () => setTriggerValue("open", run.id)
      if (run.thumb) {
        const img = document.createElement("img")
        img.src = run.thumb
        img.alt = ""
        img.loading = "lazy"
        button.append(img)
      } else {
        button.append(Object.assign(document.createElement("span"), { textContent: run.state }))
      }
      if (run.label) {
        button.classList.add("labelled")
        button.append(Object.assign(document.createElement("small"), { textContent: run.label }))
      }
      return button
    }),
  )
}
