//! MP4 and QuickTime: boxes in boxes (ISO/IEC 14496-12). Only headers are read, wherever the index (`moov`) lies.

use std::io::{Read, Seek};
use std::ops::Range;

use super::{Bad, Seen, Walk};

/// Boxes that hold boxes and are looked into.
const DEPTH: u32 = 8;

struct Box {
    kind: [u8; 4],
    body: Range<u64>,
}

/// A track, as far as it is known.
#[derive(Default)]
struct Track {
    is_video: bool,
    /// As shown, from its header.
    shown: Option<(u32, u32)>,
    is_turned: bool,
    coded: Option<(u32, u32)>,
    codec: Option<String>,
    duration_ms: Option<u64>,
}

#[derive(Default)]
struct Movie {
    duration_ms: Option<u64>,
    timescale: u32,
    tracks: Vec<Track>,
}

pub(super) fn probe<R: Read + Seek>(file: &mut R, bytes: u64) -> Result<Seen, Bad> {
    let mut walk = Walk::new(file, bytes);
    let (mut place, mut index, mut has_data) = (0, None, false);
    // To the end, although the index is known by then: only so a cut file is noticed.
    while place < bytes {
        let found = walk.outer_box(place)?;
        place = found.body.end;
        has_data |= &found.kind == b"mdat";
        if &found.kind == b"moov" && index.is_none() {
            index = Some(found.body);
        }
    }
    let index = index.ok_or(Bad::Wrong("it has no index (`moov`): recording it was not finished"))?;
    if !has_data {
        return Err(Bad::Cut);
    }
    let mut movie = Movie::default();
    walk.movie(index, &mut movie)?;
    let duration_ms = movie.duration_ms;
    let video = movie.tracks.into_iter().find(|track| track.is_video);
    let video = video.ok_or(Bad::Wrong("it holds no pictures, only sound or text"))?;
    let turned = |(width, height)| if video.is_turned { (height, width) } else { (width, height) };
    let size = video.shown.or(video.coded).map(turned).filter(|(width, height)| *width > 0 && *height > 0);
    Ok(Seen { size, duration_ms: duration_ms.or(video.duration_ms), codec: video.codec, has_metadata: false })
}

impl<R: Read + Seek> Walk<'_, R> {
    /// A box of the file itself, which ends too early when the file was cut.
    fn outer_box(&mut self, place: u64) -> Result<Box, Bad> {
        let end = self.end;
        self.next_box(place, end).map_err(|bad| match bad {
            Bad::Wrong(OVERLONG) => Bad::Cut,
            other => other,
        })
    }

    fn next_box(&mut self, place: u64, end: u64) -> Result<Box, Bad> {
        if end - place < 8 {
            return Err(Bad::Wrong(OVERLONG));
        }
        let [a, b, c, d, kind @ ..] = self.at::<8>(place)?;
        let (size, head) = match u32::from_be_bytes([a, b, c, d]) {
            // To the end of what holds it.
            0 => (end - place, 8),
            1 if end - place < 16 => return Err(Bad::Wrong(OVERLONG)),
            1 => (u64::from_be_bytes(self.at(place + 8)?), 16),
            size => (u64::from(size), 8),
        };
        if size < head {
            return Err(Bad::Wrong("a piece of it is shorter than its own header"));
        }
        let after = place.checked_add(size).filter(|after| *after <= end).ok_or(Bad::Wrong(OVERLONG))?;
        Ok(Box { kind, body: place + head..after })
    }

    /// Every box in a range, in order.
    fn boxes(&mut self, range: Range<u64>) -> Result<Vec<Box>, Bad> {
        let (mut place, mut found) = (range.start, Vec::new());
        // QuickTime ends lists of boxes with four zero bytes.
        while range.end - place >= 8 {
            let next = self.next_box(place, range.end)?;
            place = next.body.end;
            found.push(next);
        }
        Ok(found)
    }

    fn movie(&mut self, body: Range<u64>, movie: &mut Movie) -> Result<(), Bad> {
        for part in self.boxes(body)? {
            match &part.kind {
                b"mvhd" => {
                    let (timescale, duration) = self.times(&part)?;
                    movie.timescale = timescale;
                    movie.duration_ms = millis(duration, timescale);
                }
                // A film in fragments says here how long it is, if at all.
                b"mvex" => {
                    for inner in self.boxes(part.body)? {
                        if &inner.kind == b"mehd" {
                            let duration = self.fragment_duration(&inner)?;
                            movie.duration_ms = movie.duration_ms.or(millis(duration, movie.timescale));
                        }
                    }
                }
                b"trak" => {
                    let mut track = Track::default();
                    self.track(part.body, &mut track, DEPTH)?;
                    movie.tracks.push(track);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn track(&mut self, body: Range<u64>, track: &mut Track, depth: u32) -> Result<(), Bad> {
        let depth = depth.checked_sub(1).ok_or(Bad::Wrong("its pieces are nested too deep"))?;
        for part in self.boxes(body)? {
            match &part.kind {
                b"mdia" | b"minf" | b"stbl" => self.track(part.body, track, depth)?,
                b"tkhd" => self.track_header(&part, track)?,
                b"hdlr" => track.is_video |= &self.within::<12>(&part, 0)?[8..] == b"vide",
                b"mdhd" => {
                    let (timescale, duration) = self.times(&part)?;
                    track.duration_ms = millis(duration, timescale);
                }
                b"stsd" => self.sample_description(&part, track)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Timescale and duration of `mvhd` and `mdhd`, which begin alike.
    fn times(&mut self, part: &Box) -> Result<(u32, u64), Bad> {
        let [version, ..] = self.within::<4>(part, 0)?;
        if version == 1 {
            let [a, b, c, d, duration @ ..] = self.within::<12>(part, 20)?;
            return Ok((u32::from_be_bytes([a, b, c, d]), u64::from_be_bytes(duration)));
        }
        let [a, b, c, d, duration @ ..] = self.within::<8>(part, 12)?;
        let duration = u32::from_be_bytes(duration);
        // All ones: not known.
        let duration = if duration == u32::MAX { 0 } else { u64::from(duration) };
        Ok((u32::from_be_bytes([a, b, c, d]), duration))
    }

    fn fragment_duration(&mut self, part: &Box) -> Result<u64, Bad> {
        let [version, ..] = self.within::<4>(part, 0)?;
        Ok(match version {
            1 => u64::from_be_bytes(self.within(part, 4)?),
            _ => u64::from(u32::from_be_bytes(self.within(part, 4)?)),
        })
    }

    /// How wide and high the track is shown, and whether it is turned by a quarter.
    fn track_header(&mut self, part: &Box, track: &mut Track) -> Result<(), Bad> {
        let [version, ..] = self.within::<4>(part, 0)?;
        let matrix = if version == 1 { 52 } else { 40 };
        let fixed = |bytes: [u8; 4]| u32::from_be_bytes(bytes) >> 16;
        let [first, _, _, _, second] = [0, 4, 8, 12, 16].map(|at| self.within::<4>(part, matrix + at));
        track.is_turned = first? == [0; 4] && second? == [0; 4];
        let size = (fixed(self.within(part, matrix + 36)?), fixed(self.within(part, matrix + 40)?));
        track.shown = Some(size).filter(|(width, height)| *width > 0 && *height > 0);
        Ok(())
    }

    fn sample_description(&mut self, part: &Box, track: &mut Track) -> Result<(), Bad> {
        // Version, flags, count; then the first entry: size, its kind, and for pictures 24 bytes on their size.
        let entry: [u8; 4] = self.within(part, 12)?;
        track.codec = Some(codec(entry));
        if track.is_video {
            let [a, b, c, d] = self.within::<4>(part, 8 + 32)?;
            track.coded = Some((u16::from_be_bytes([a, b]).into(), u16::from_be_bytes([c, d]).into()));
        }
        Ok(())
    }

    /// Bytes of a box's body, which has to hold them.
    fn within<const N: usize>(&mut self, part: &Box, offset: u64) -> Result<[u8; N], Bad> {
        let place = part.body.start + offset;
        if place + N as u64 > part.body.end {
            return Err(Bad::Wrong("a piece of its index is too short"));
        }
        self.at(place)
    }
}

const OVERLONG: &str = "a piece of it is longer than what holds it";

fn millis(duration: u64, timescale: u32) -> Option<u64> {
    let millis = u128::from(duration) * 1000;
    let millis = millis.checked_div(u128::from(timescale))?;
    u64::try_from(millis).ok().filter(|millis| *millis > 0 && *millis < i64::MAX.unsigned_abs())
}

/// One word for what has several, and the file's own for the rest.
fn codec(entry: [u8; 4]) -> String {
    match &entry {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" => "h264".to_owned(),
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => "h265".to_owned(),
        b"av01" => "av1".to_owned(),
        b"vp08" => "vp8".to_owned(),
        b"vp09" => "vp9".to_owned(),
        other => {
            other.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' }).collect()
        }
    }
}
