/**
 * Whole labels that take turns, by the places of what is 1 in them: every class; of attributes and flags the first values and no flag, and each label
 * that differs from it by one thing.
 * @param groups Sizes: of one choice among several, or of a flag, 1; -1 is a choice of one, which is always there.
 */
export function turnsOf(groups) {
    let sum = 0;
    const starts = groups.map(size => (sum += Math.abs(size)) - Math.abs(size));
    const firsts = starts.filter((_, group) => groups[group] !== 1);
    const turns = firsts.length === 0 && groups.length > 0 ? [[]] : [];
    groups.forEach((size, group) => {
        const start = starts[group];
        // The first values are one label, which takes its turn with the first attribute.
        for (let place = size === 1 || start === firsts[0] ? start : start + 1; place < start + Math.abs(size); place++)
            turns.push([...firsts.filter(first => first !== start), place].sort((a, b) => a - b));
    });
    return turns;
}

/** A whole label in words. */
export function wordsOf(label, names) {
    return label.length === 0 ? 'none' : label.map(place => names[place] ?? place).join(' + ');
}
