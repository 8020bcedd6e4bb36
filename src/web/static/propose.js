// Files are uploaded as soon as they are chosen, so that one sees how far they are.
import { one, all } from "/static/veche.js";

for (const box of all("[data-upload]")) {
  const input = one("input[type=file]", box);
  const list = one("[data-files]", box);
  const send = (file) => new Promise((done) => {
    const line = document.createElement("li");
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    line.append(`${file.name} `, bar);
    list.append(line);
    const request = new XMLHttpRequest();
    request.open("POST", `/files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("x-veche-upload", "1");
    request.setRequestHeader("content-type", file.type || "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => { bar.value = (loaded * 100) / Math.max(1, total); });
    request.addEventListener("loadend", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* no answer at all */ }
      bar.remove();
      line.append(`— ${answer.id ? box.dataset.done : answer.error ?? box.dataset.failed}`);
      if (answer.id) {
        const kept = Object.assign(document.createElement("input"), { type: "hidden", name: "attachmentIds", value: answer.id });
        line.append(kept);
      }
      done();
    });
    request.send(file);
  });
  input?.addEventListener("change", async () => {
    const form = input.form;
    const buttons = all("button", form);
    buttons.forEach((button) => { button.disabled = true; });
    for (const file of input.files) await send(file);
    // What is uploaded is not sent a second time with the form.
    input.value = "";
    buttons.forEach((button) => { button.disabled = false; });
  });
}
