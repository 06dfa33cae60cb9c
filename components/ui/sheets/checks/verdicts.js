// How a cell's image did in the checks of its sheet: a mark in its corner, with the mean score where a model scored it
// and what one check measured, and each check on hover and focus.

const SIGNS = { pass: "✓", fail: "✗", error: "!", "not judged": "–", asked: "…" }

function hasFailed(cell) {
  return Boolean(cell.checks?.some(check => check.status === "fail"))
}

function drawVerdicts(frame, cell, name) {
  if (!cell.checks?.length) return
  const count = status => cell.checks.filter(check => check.status === status).length
  const [failed, passed, wrong] = ["fail", "pass", "error"].map(count)
  const asked = count("asked")
  const state = failed ? "fail" : wrong ? "error" : asked ? "asked" : passed ? "pass" : "not judged"
  const summary = [[passed, "passed"], [failed, "failed"], [wrong, "in error"], [asked, "being asked"], [count("not judged"), "not judged"]]
    .filter(([number]) => number).map(([number, word]) => `${number} ${word}`).join(", ")
  const lines = cell.checks.map(check => `${check.status}: ${check.title} (${check.detail})`)
  const scores = cell.checks.filter(check => check.score !== undefined).map(check => check.score)
  const score = scores.length && (scores.reduce((sum, one) => sum + one, 0) / scores.length).toFixed(1)
  const mark = frame.appendChild(element("button", `verdict ${state.replace(" ", "-")}`, `${SIGNS[state]} ${passed}/${passed + failed}`))
  const shares = cell.checks.filter(check => check.share)
  if (score) mark.append(element("span", "score", ` · ${score}`))
  if (shares.length === 1) mark.append(element("span", "score", ` · ${shares[0].share}`)) // of several, which is which?
  mark.type = "button"
  mark.setAttribute("aria-label", `Checks of ${name}: ${summary}${score ? `, score ${score} of 5` : ""}. ${lines.join("; ")}`)
  const list = frame.appendChild(element("ul", "verdicts"))
  list.setAttribute("aria-hidden", "true") // the mark says the same
  for (const check of cell.checks) list.append(element("li", "", `${SIGNS[check.status] || "?"} ${check.title}: ${check.detail}`))
}
