// What is known of the rates, and which of them to show in what order. No DOM in here.

/** The flags of a rate, gravest first. */
export function flagsOf(rate) {
  const flags = [];
  if (rate.held) flags.push("held");
  if (rate.quality === "suspect") flags.push("suspect");
  if (rate.quality === "unusual") flags.push("unusual");
  if (rate.stale) flags.push("stale");
  if (rate.derived) flags.push("derived");
  return flags;
}

const WEIGHTS = { held: 16, suspect: 8, unusual: 4, stale: 2, derived: 1 };
const weightOf = (rate) => flagsOf(rate).reduce((sum, flag) => sum + WEIGHTS[flag], 0);

/** Columns that sort: how to read the value, and which way the first press goes. */
export const SORTS = {
  pair: { value: (rate) => rate.pair, first: "ascending" },
  mid: { value: (rate) => rate.mid, first: "descending" },
  bid: { value: (rate) => rate.bid, first: "descending" },
  ask: { value: (rate) => rate.ask, first: "descending" },
  change: { value: (rate) => rate.change_24h_pct, first: "descending" },
  age: { value: (rate) => Date.parse(rate.source_ts), first: "descending" },
  source: { value: (rate) => rate.source, first: "ascending" },
  precision: { value: (rate) => rate.precision_bp, first: "descending" },
  quality: { value: weightOf, first: "descending" },
};

/** The sort after a press on `key`: first way, other way, then back to market order (null). */
export function nextSort(sort, key) {
  const { first } = SORTS[key];
  if (sort?.key !== key) return { key, direction: first };
  if (sort.direction !== first) return null;
  return { key, direction: first === "ascending" ? "descending" : "ascending" };
}

function compare(sort) {
  const { value } = SORTS[sort.key];
  // An age grows as the source time falls.
  const sign = (sort.direction === "ascending" ? 1 : -1) * (sort.key === "age" ? -1 : 1);
  return (left, right) => {
    const [a, b] = [value(left), value(right)];
    if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
    if (b === null || b === undefined) return -1;
    if (a === b) return 0;
    return a < b ? -sign : sign;
  };
}

const SHOWS = {
  all: () => true,
  published: (rate) => !rate.derived,
  derived: (rate) => rate.derived,
  fresh: (rate) => !rate.stale,
  stale: (rate) => rate.stale,
  flagged: (rate) => flagsOf(rate).some((flag) => ["held", "suspect", "unusual"].includes(flag)),
};

function matches(rate, terms) {
  const text = `${rate.pair} ${rate.base}/${rate.quote} ${rate.source}`.toLowerCase();
  // EUR_USD and EUR-USD are ways to write a pair; a source may have the same signs in its name.
  return terms.every((term) => text.includes(term) || text.includes(term.replaceAll(/[_-]/g, "/")));
}

/** The rates to show: every word of `search` must stand in pair or source. */
export function selectRates(rates, { search, show, sort }) {
  const terms = search.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = rates.filter((rate) => SHOWS[show](rate) && matches(rate, terms));
  return sort ? chosen.sort(compare(sort)) : chosen;
}

/** The rates by pair, in the order the service lists them. */
export class RateBook {
  #rates = new Map();
  #heard = new Map();

  get size() {
    return this.#rates.size;
  }

  list() {
    return [...this.#rates.values()];
  }

  get(pair) {
    return this.#rates.get(pair);
  }

  /** Takes a whole answer of the service in place of what was known. */
  replace(rates, now) {
    this.#rates.clear();
    this.#heard.clear();
    for (const rate of rates) this.#put(rate, now);
  }

  /** Takes live rates; one with an older source time than the known one changes nothing. Gives back those taken. */
  merge(rates, now) {
    return rates.filter((rate) => {
      const known = this.#rates.get(rate.pair);
      if (known && Date.parse(rate.source_ts) < Date.parse(known.source_ts)) return false;
      this.#put(rate, now);
      return true;
    });
  }

  /** Seconds since the rate's source time: the service's figure, and what has passed here since. */
  age(rate, now) {
    return typeof rate.age_s === "number" ? rate.age_s + (now - this.#heard.get(rate.pair)) / 1000 : null;
  }

  #put(rate, now) {
    this.#rates.set(rate.pair, rate);
    this.#heard.set(rate.pair, now);
  }
}
