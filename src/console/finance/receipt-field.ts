/** The receipt in the form of an expense: uploaded when it is chosen, written with the expense. */
import { busy, part, setText, show } from "../dom.ts";
import { problemOf } from "../problem.ts";
import type { Receipts } from "./receipts.ts";

export interface ReceiptField {
  /** The field of an expense that has this receipt, or none. */
  begin(receiptId: string | null): void;
  /** Puts back later what is chosen now. */
  keep(): () => void;
  /** Something is chosen that is not written yet. */
  begun(): boolean;
  /** The receipt to write once its upload is over; undefined: as it was. Throws ApiError when what was chosen is none. */
  chosen(): Promise<string | null | undefined>;
}

interface State {
  /** The one that the expense has. */
  had: string | null;
  /** The one that it is to have. */
  id: string | null;
  words: string;
  /** What is under way, or was in vain; it does not reject before it is asked for. */
  upload: Promise<string> | null;
}

export function receiptField(receipts: Receipts, open: (id: string) => Promise<void>): ReceiptField {
  const input = part("expense-receipt", HTMLInputElement);
  const error = part("expense-receipt-error", HTMLElement);
  const said = part("expense-receipt-state", HTMLElement);
  const look = part("expense-receipt-open", HTMLButtonElement);
  const remove = part("expense-receipt-remove", HTMLButtonElement);
  const none = (had: string | null): State => ({ had, id: had, words: had === null ? "" : "There is one.", upload: null });
  let state = none(null);

  const draw = () => {
    setText(said, state.words);
    show(look, state.id !== null);
    show(remove, state.id !== null || state.upload !== null);
  };
  const complain = (sentence: string) => {
    setText(error, sentence);
    if (sentence) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };

  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    complain("");
    if (file === undefined) return;
    const upload = receipts.add(file);
    const mine: State = { had: state.had, id: null, words: `${file.name} is uploaded and looked at…`, upload };
    state = mine;
    draw();
    upload.then(
      (id) => {
        Object.assign(mine, { id, words: `${file.name} is ready.`, upload: null });
        if (state === mine) draw();
      },
      (failure) => {
        mine.words = "";
        if (state !== mine) return;
        draw();
        complain(problemOf(failure).detail);
      },
    );
  });
  look.addEventListener("click", () => {
    const { id } = state;
    if (id !== null) void busy(look, () => open(id).catch((failure) => complain(problemOf(failure).detail)));
  });
  remove.addEventListener("click", () => {
    input.value = "";
    complain("");
    state = { had: state.had, id: null, words: state.had === null ? "" : "It goes when you save.", upload: null };
    draw();
    input.focus();
  });

  const begin = (next: State) => {
    state = next;
    input.value = "";
    complain("");
    draw();
  };
  return {
    begin: (receiptId) => begin(none(receiptId)),
    keep: () => {
      const kept = state;
      return () => begin(kept);
    },
    begun: () => state.upload !== null || state.id !== state.had,
    async chosen() {
      const id = state.upload === null ? state.id : await state.upload;
      return id === state.had ? undefined : id;
    },
  };
}
