//! Milliseconds since 1970 as `datetime` keeps them.

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// The form in which `datetime` pickles itself, and which its constructor takes back without reading numbers one by
/// one: year, month, day, hour, minute, second and microseconds, in big endian. `None` outside of the years 1 to 9999.
pub(super) fn pickled(ms: i64) -> Option<[u8; 10]> {
    let (year, month, day) = date(ms.div_euclid(DAY))?;
    let in_day = ms.rem_euclid(DAY);
    let [hour, minute, second] =
        [in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60].map(|part| part as u8);
    let [year_high, year_low] = year.to_be_bytes();
    let [_, high, middle, low] = ((in_day % 1000 * 1000) as u32).to_be_bytes();
    Some([year_high, year_low, month, day, hour, minute, second, high, middle, low])
}

/// Year, month and day of a day since 1970, in the Gregorian calendar as if it had always been used.
fn date(days: i64) -> Option<(u16, u8, u8)> {
    // Years begin in March here, so that the leap day is the last of its year; after 400 years all comes again.
    let from_march_0000 = days.checked_add(719_468)?;
    let (era, day) = (from_march_0000.div_euclid(146_097), from_march_0000.rem_euclid(146_097));
    let year_of_era = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Five months from March on have 153 days, and so have the next five.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, turn) =
        if month_from_march < 10 { (month_from_march + 3, 0) } else { (month_from_march - 9, 1) };
    let year = era * 400 + year_of_era + turn;
    (1..=9999).contains(&year).then_some((year as u16, month as u8, day_of_month as u8))
}
