//! WebM: elements in elements (RFC 8794, RFC 9559), as far as they say what the file is.

use std::io::{Read, Seek};
use std::ops::Range;

use super::{Bad, Seen, Walk};

const HEADER: u32 = 0x1a45_dfa3;
const DOC_TYPE: u32 = 0x4282;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
const DURATION: u32 = 0x4489;
const TRACKS: u32 = 0x1654_ae6b;
const TRACK: u32 = 0xae;
const TRACK_TYPE: u32 = 0x83;
const CODEC: u32 = 0x86;
const VIDEO: u32 = 0xe0;
const PIXEL_WIDTH: u32 = 0xb0;
const PIXEL_HEIGHT: u32 = 0xba;
const CLUSTER: u32 = 0x1f43_b675;

/// Name and length of an element at the most.
const HEAD: usize = 12;
const TYPE_VIDEO: u64 = 1;
/// Nanoseconds of a tick unless the file says otherwise.
const DEFAULT_SCALE: u64 = 1_000_000;

struct Element {
    id: u32,
    body: Range<u64>,
    /// Streams are written before their length is known.
    is_open: bool,
}

#[derive(Default)]
struct Track {
    kind: u64,
    codec: Option<String>,
    width: u64,
    height: u64,
}

pub(super) fn probe<R: Read + Seek>(file: &mut R, bytes: u64) -> Result<Seen, Bad> {
    let mut walk = Walk::new(file, bytes);
    let header = walk.element(0, bytes)?;
    if header.id != HEADER || header.is_open {
        return Err(Bad::Wrong("its header cannot be read"));
    }
    let after = header.body.end;
    if !walk.is_webm(header.body)? {
        return Err(Bad::Wrong("it is another kind of Matroska, which platforms do not take"));
    }
    let segment = walk.element(after, bytes)?;
    if segment.id != SEGMENT {
        return Err(Bad::Wrong("nothing follows its header"));
    }
    walk.segment(segment.body)
}

impl<R: Read + Seek> Walk<'_, R> {
    fn is_webm(&mut self, body: Range<u64>) -> Result<bool, Bad> {
        let mut place = body.start;
        while place < body.end {
            let element = self.element(place, body.end)?;
            if element.id == DOC_TYPE {
                return Ok(self.text(&element)? == "webm");
            }
            place = element.body.end;
        }
        Ok(false)
    }

    /// Information and tracks come before the pictures, or behind them where all lengths are known.
    fn segment(&mut self, body: Range<u64>) -> Result<Seen, Bad> {
        let (mut place, mut seen, mut track) = (body.start, Seen::default(), None);
        while place < body.end {
            let element = self.element(place, body.end)?;
            place = element.body.end;
            match element.id {
                INFO => seen.duration_ms = self.duration(element.body)?,
                TRACKS => track = self.video(element.body)?,
                // Without a length it goes on to the end of the file.
                CLUSTER if element.is_open || track.is_some() => break,
                _ => {}
            }
        }
        let track = track.ok_or(Bad::Wrong("it holds no pictures"))?;
        let side = |side: u64| u32::try_from(side).ok().filter(|side| *side > 0);
        seen.size = side(track.width).zip(side(track.height));
        seen.codec = track.codec;
        Ok(seen)
    }

    fn duration(&mut self, body: Range<u64>) -> Result<Option<u64>, Bad> {
        let (mut place, mut scale, mut ticks) = (body.start, DEFAULT_SCALE, None);
        while place < body.end {
            let element = self.element(place, body.end)?;
            match element.id {
                TIMESTAMP_SCALE => scale = self.number(&element)?,
                DURATION => ticks = self.float(&element)?,
                _ => {}
            }
            place = element.body.end;
        }
        #[expect(clippy::cast_precision_loss, reason = "durations are shown in milliseconds")]
        let millis = ticks.map(|ticks| ticks * scale as f64 / 1e6);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range")]
        let whole = |millis: f64| (1.0..1e15).contains(&millis).then_some(millis as u64);
        Ok(millis.and_then(whole))
    }

    fn video(&mut self, body: Range<u64>) -> Result<Option<Track>, Bad> {
        let mut place = body.start;
        while place < body.end {
            let element = self.element(place, body.end)?;
            place = element.body.end;
            if element.id == TRACK {
                let mut track = Track::default();
                self.track_entry(element.body, &mut track)?;
                if track.kind == TYPE_VIDEO {
                    return Ok(Some(track));
                }
            }
        }
        Ok(None)
    }

    fn track_entry(&mut self, body: Range<u64>, track: &mut Track) -> Result<(), Bad> {
        let mut place = body.start;
        while place < body.end {
            let element = self.element(place, body.end)?;
            place = element.body.end;
            match element.id {
                TRACK_TYPE => track.kind = self.number(&element)?,
                CODEC => track.codec = Some(codec(&self.text(&element)?)),
                PIXEL_WIDTH => track.width = self.number(&element)?,
                PIXEL_HEIGHT => track.height = self.number(&element)?,
                // Its members have ids of their own.
                VIDEO => place = element.body.start,
                _ => {}
            }
        }
        Ok(())
    }

    /// The element at a place. One that ends behind what holds it means that the file was cut.
    fn element(&mut self, place: u64, end: u64) -> Result<Element, Bad> {
        let head = self.up_to::<HEAD>(place, end)?;
        let (id, after) = coded(&head, 4)?;
        let (size, length) = coded(head.get(after..).unwrap_or_default(), 8)?;
        let body = place + (after + length) as u64;
        let size_bits = u64::MAX >> (64 - 7 * length);
        let is_open = size & size_bits == size_bits;
        let until = match is_open {
            true => end,
            false => body.checked_add(size & size_bits).filter(|until| *until <= end).ok_or(Bad::Cut)?,
        };
        let id = u32::try_from(id).map_err(|_| Bad::Wrong("a piece of it has no name"))?;
        Ok(Element { id, body: body..until, is_open })
    }

    fn number(&mut self, element: &Element) -> Result<u64, Bad> {
        if element.body.end - element.body.start > 8 {
            return Err(Bad::Wrong("a number in it is too long"));
        }
        let bytes = self.up_to::<8>(element.body.start, element.body.end)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn float(&mut self, element: &Element) -> Result<Option<f64>, Bad> {
        Ok(match element.body.end - element.body.start {
            4 => Some(f32::from_be_bytes(self.at(element.body.start)?).into()),
            8 => Some(f64::from_be_bytes(self.at(element.body.start)?)),
            _ => None,
        })
    }

    fn text(&mut self, element: &Element) -> Result<String, Bad> {
        let bytes = self.up_to::<64>(element.body.start, element.body.end)?;
        let letters = bytes.iter().take_while(|byte| **byte != 0);
        Ok(letters.map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '?' }).collect())
    }
}

/// A number whose leading zero bits say how many bytes it has, with its marking bit; and how many those are.
fn coded(bytes: &[u8], most: usize) -> Result<(u64, usize), Bad> {
    let first = bytes.first().ok_or(Bad::Cut)?;
    let length = first.leading_zeros() as usize + 1;
    if length > most {
        return Err(Bad::Wrong("a piece of it has a length that cannot be read"));
    }
    let bytes = bytes.get(..length).ok_or(Bad::Cut)?;
    Ok((bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), length))
}

fn codec(id: &str) -> String {
    match id {
        "V_VP8" => "vp8",
        "V_VP9" => "vp9",
        "V_AV1" => "av1",
        "V_MPEG4/ISO/AVC" => "h264",
        "V_MPEGH/ISO/HEVC" => "h265",
        other => other,
    }
    .to_owned()
}
