//! A page of limited size. Its parts are kept or left out whole, the least important first, and what is left out is counted.

/// How important a part is: the last is left out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// What changes the meaning of the verdict.
    Notice,
    /// Artifacts that failed, and what was not judged.
    Named,
    /// What was not read.
    Unread,
    /// What was found in what failed.
    Failed,
    /// The policy that judged.
    Policy,
    /// Artifacts that passed.
    Passed,
    /// Waivers that cover nothing, or soon will not.
    Waivers,
    /// Findings that only warn.
    Warned,
    /// What was accepted, and digests.
    Rest,
}

/// A part that is kept or left out as a whole. Ends with an empty line, unless its section is a table or a list.
pub(super) struct Part {
    /// How important it is.
    pub rank: Rank,
    /// What is there in any case.
    pub short: String,
    /// What is there instead when all else that is as important has its place.
    pub full: Option<String>,
    /// How many of the section's things it tells.
    pub tells: usize,
}

impl Part {
    /// A part with one text, which tells one thing.
    pub(super) fn new(rank: Rank, text: String) -> Self {
        Self { rank, short: text, full: None, tells: 1 }
    }
}

/// Parts under one head. A section without any kept part is left out whole.
pub(super) struct Section {
    /// What stands before the parts.
    pub open: String,
    /// The parts, in the order of the page.
    pub parts: Vec<Part>,
    /// Things that have no part.
    pub left: usize,
    /// One thing, and several: `finding`, `findings`.
    pub noun: (&'static str, &'static str),
    /// What stands behind the parts.
    pub close: &'static str,
}

impl Section {
    /// How many things the section is about, with and without a part.
    fn tells(&self) -> usize {
        self.parts.iter().map(|part| part.tells).sum::<usize>().saturating_add(self.left)
    }
}

/// Bytes that the sentence about what was left out of a section may take.
const MORE: usize = 100;

/// The page: `head` whatever the size, and of the sections what fits into `size` bytes.
pub(super) fn assemble(head: &str, sections: &[Section], size: usize) -> String {
    // Room for the sentence about the page, should all be left out.
    let all: Vec<Left> = sections.iter().map(|section| (section.noun, section.tells())).collect();
    let kept = keep(sections, size.saturating_sub(head.len()).saturating_sub(cut(&all).len()));
    let mut out = head.to_owned();
    let mut missing: Vec<Left> = Vec::new();
    for (section, kept) in sections.iter().zip(&kept) {
        let told = |(part, kept): (&Part, &Kept)| if *kept == Kept::Not { 0 } else { part.tells };
        let left = section.tells().saturating_sub(section.parts.iter().zip(kept).map(told).sum());
        if kept.iter().all(|kept| *kept == Kept::Not) {
            missing.push((section.noun, left));
            continue;
        }
        out.push_str(&section.open);
        for (part, kept) in section.parts.iter().zip(kept) {
            match kept {
                Kept::Not => {}
                Kept::Short => out.push_str(&part.short),
                Kept::Full => out.push_str(part.full.as_ref().unwrap_or(&part.short)),
            }
        }
        if left > 0 {
            separate(&mut out);
            let noun = if left == 1 { section.noun.0 } else { section.noun.1 };
            out.push_str(&format!("And {} more {noun}.\n", number(left)));
        }
        separate(&mut out);
        out.push_str(section.close);
        separate(&mut out);
    }
    let cut = cut(&missing);
    if out.len().saturating_add(cut.len()) <= size {
        out.push_str(&cut);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Things of one name that have no place on the page.
type Left = ((&'static str, &'static str), usize);

/// What of the page was left out; nothing when it is whole.
fn cut(missing: &[Left]) -> String {
    let mut sums: Vec<Left> = Vec::new();
    for (noun, count) in missing.iter().filter(|(_, count)| *count > 0) {
        match sums.iter_mut().find(|(known, _)| known == noun) {
            Some((_, sum)) => *sum = sum.saturating_add(*count),
            None => sums.push((*noun, *count)),
        }
    }
    if sums.is_empty() {
        return String::new();
    }
    let counts: Vec<String> = sums.into_iter().map(|(noun, count)| counted(count, noun)).collect();
    format!("**Not shown here:** {}. The report as JSON has all.\n", counts.join(", "))
}

/// One empty line behind what was written.
fn separate(out: &mut String) {
    out.truncate(out.trim_end_matches('\n').len());
    out.push_str("\n\n");
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Not,
    Short,
    Full,
}

/// Which parts fit: the short ones by their rank, then the full ones in the place of short ones.
fn keep(sections: &[Section], size: usize) -> Vec<Vec<Kept>> {
    let mut kept: Vec<Vec<Kept>> = sections.iter().map(|section| vec![Kept::Not; section.parts.len()]).collect();
    let mut order: Vec<(Rank, usize, usize)> = Vec::new();
    for (section, index) in sections.iter().zip(0..) {
        order.extend(section.parts.iter().zip(0..).map(|(part, at)| (part.rank, index, at)));
    }
    order.sort_unstable();
    let mut room = size;
    let tells: Vec<usize> = sections.iter().map(Section::tells).collect();
    for full in [false, true] {
        for (_, index, at) in &order {
            let (Some(section), Some(states)) = (sections.get(*index), kept.get_mut(*index)) else { continue };
            let opened = states.iter().any(|state| *state != Kept::Not);
            let (Some(part), Some(state)) = (section.parts.get(*at), states.get_mut(*at)) else { continue };
            let cost = match (full, &part.full) {
                (false, _) if opened => part.short.len(),
                (false, _) => {
                    let more = if tells.get(*index) > Some(&part.tells) { MORE } else { 0 };
                    // An empty line stands on both sides of what closes it.
                    [section.open.len(), part.short.len(), section.close.len(), 4, more].iter().sum()
                }
                (true, Some(text)) if *state == Kept::Short => text.len().saturating_sub(part.short.len()),
                (true, _) => continue,
            };
            if let Some(left) = room.checked_sub(cost) {
                room = left;
                *state = if full { Kept::Full } else { Kept::Short };
            }
        }
    }
    kept
}

/// `1 finding`, `12,000 findings`.
pub(super) fn counted(count: usize, (one, several): (&str, &str)) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { several })
}

/// A number with a comma between thousands.
pub(super) fn number(count: usize) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (digit, place) in digits.chars().zip((0..digits.len()).rev()) {
        out.push(digit);
        if place > 0 && place.rem_euclid(3) == 0 {
            out.push(',');
        }
    }
    out
}
