const filter = document.getElementById("filter");
const found = document.getElementById("found");
const operations = [...document.querySelectorAll("details.op")];

const open = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.scrollIntoView();
};

const show = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const operation of operations) {
    const fits = words.every((word) => operation.dataset.words.includes(word));
    operation.hidden = !fits;
    const entry = document.querySelector(`[data-for="${operation.id}"]`);
    if (entry) entry.hidden = !fits;
    if (fits) count++;
  }
  for (const tag of document.querySelectorAll("section.tag")) tag.hidden = !tag.querySelector("details.op:not([hidden])");
  found.textContent = words.length === 0 ? "" : `${count} of ${operations.length} operations`;
};

filter.addEventListener("input", show);
addEventListener("hashchange", open);
addEventListener("beforeprint", () => {
  for (const operation of operations) operation.open = true;
});
if (matchMedia("(max-width: 60rem)").matches) document.querySelector("nav > details").open = false;
open();
