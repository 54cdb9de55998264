//! Draws covers: shapes in four colours, computed pixel by pixel. The same name gives the same picture.

use std::f32::consts::TAU;

use super::random::Random;

/// Pixels on each side.
pub(super) const SIZE: usize = 640;
/// The width of a soft edge.
const EDGE: f32 = 1.5 / SIZE as f32;

/// What a cover shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motif {
    /// A sun over bands of water.
    Sun,
    /// Layers of waves.
    Waves,
    /// Tiles of quarter circles.
    Tiles,
    /// Rings around rings.
    Rings,
    /// Hills behind hills.
    Hills,
    /// Large pixels, mirrored.
    Pixels,
    /// Lit windows.
    Windows,
    /// Slanted beams.
    Beams,
    /// Drops that fall.
    Rain,
    /// Arches within arches.
    Arches,
}

type Colour = [f32; 3];

/// A cover: its motif and its colours, `0x00RR_GGBB`, the ground first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    pub(super) motif: Motif,
    pub(super) colours: [u32; 4],
}

struct Painter {
    colours: [Colour; 4],
    /// From 0 to below 1, for what differs from cover to cover.
    chance: [f32; 64],
}

/// Draws a cover: three bytes per pixel, row by row, `SIZE` rows.
pub(super) fn draw(cover: &Cover, name: &str) -> Vec<u8> {
    let mut random = Random::of(name);
    let painter = Painter {
        colours: cover.colours.map(|rgb| [rgb >> 16, rgb >> 8, rgb].map(|part| (part & 0xFF) as f32)),
        chance: std::array::from_fn(|_| random.unit() as f32),
    };
    let paint: fn(&Painter, f32, f32) -> Colour = match cover.motif {
        Motif::Sun => Painter::sun,
        Motif::Waves => Painter::waves,
        Motif::Tiles => Painter::tiles,
        Motif::Rings => Painter::rings,
        Motif::Hills => Painter::hills,
        Motif::Pixels => Painter::pixels,
        Motif::Windows => Painter::windows,
        Motif::Beams => Painter::beams,
        Motif::Rain => Painter::rain,
        Motif::Arches => Painter::arches,
    };
    let place = |at: usize| (at as f32 + 0.5) / SIZE as f32;
    let mut pixels = Vec::with_capacity(SIZE * SIZE * 3);
    for row in 0..SIZE {
        for column in 0..SIZE {
            pixels.extend(paint(&painter, place(column), place(row)).map(|part| part.round().clamp(0.0, 255.0) as u8));
        }
    }
    pixels
}

fn mix(one: Colour, other: Colour, part: f32) -> Colour {
    std::array::from_fn(|at| one[at] + (other[at] - one[at]) * part)
}

/// How much of a pixel is inside, for its distance from the edge, which is negative inside.
fn inside(distance: f32) -> f32 {
    (0.5 - distance / EDGE).clamp(0.0, 1.0)
}

fn circle(x: f32, y: f32, centre: (f32, f32), radius: f32) -> f32 {
    (x - centre.0).hypot(y - centre.1) - radius
}

impl Painter {
    fn sky(&self, y: f32) -> Colour {
        // In 48 steps, which compress better than a smooth run and look the same.
        mix(self.colours[0], self.colours[1], (y * 48.0).floor() / 48.0)
    }

    fn sun(&self, x: f32, y: f32) -> Colour {
        let horizon = 0.55 + self.chance[0] * 0.12;
        let centre = (0.35 + self.chance[1] * 0.3, horizon - 0.08);
        let sun = circle(x, y, centre, 0.2 + self.chance[2] * 0.06);
        let above = mix(self.sky(y), self.colours[2], inside(sun));
        let depth = (y - horizon).max(0.0);
        // Bands become wider towards the front; the sun glitters in them.
        let band = (depth.sqrt() * 26.0).sin();
        let width = 0.16 + depth * 0.5;
        let glitter = inside((x - centre.0).abs() - width) * inside(0.2 - band);
        let water = mix(mix(self.colours[3], self.colours[0], depth), self.colours[2], glitter * 0.8);
        mix(above, water, inside(horizon - y))
    }

    fn waves(&self, x: f32, y: f32) -> Colour {
        let mut colour = self.sky(y * 0.4);
        for layer in 0..7 {
            let at = layer as f32;
            let [phase, turns] = [self.chance[layer], 1.0 + self.chance[layer + 8] * 1.6];
            let crest = 0.22 + at * 0.115 + 0.045 * (x * TAU * turns + phase * TAU).sin();
            let paint = mix(self.colours[2], self.colours[3], at / 6.0);
            colour = mix(colour, paint, inside(crest - y));
        }
        colour
    }

    fn tiles(&self, x: f32, y: f32) -> Colour {
        const ACROSS: f32 = 5.0;
        let (column, row) = ((x * ACROSS).floor(), (y * ACROSS).floor());
        let (u, v) = (x * ACROSS - column, y * ACROSS - row);
        let chance = self.chance[(row * ACROSS + column) as usize];
        let turn = (chance * 4.0) as usize;
        let corner = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)][turn];
        let ground = if ((chance * 16.0) as usize).is_multiple_of(3) { self.colours[1] } else { self.colours[0] };
        let outer = inside(circle(u, v, corner, 0.92) / ACROSS);
        let inner = inside(circle(u, v, corner, 0.5) / ACROSS);
        mix(mix(ground, self.colours[2], outer), self.colours[3], inner)
    }

    fn rings(&self, x: f32, y: f32) -> Colour {
        let mut colour = self.sky(y);
        for at in 0..4 {
            let centre = (0.2 + self.chance[at] * 0.6, 0.2 + self.chance[at + 8] * 0.6);
            let distance = circle(x, y, centre, 0.0);
            let spacing = 0.035 + self.chance[at + 16] * 0.02;
            let from_ring = (distance.rem_euclid(spacing) - spacing / 2.0).abs() - spacing * 0.17;
            let reach = 0.2 + self.chance[at + 24] * 0.2;
            let amount = inside(from_ring) * inside(distance - reach);
            colour = mix(colour, self.colours[2 + at % 2], amount);
        }
        colour
    }

    fn hills(&self, x: f32, y: f32) -> Colour {
        let moon = circle(x, y, (0.2 + self.chance[30] * 0.6, 0.24), 0.09);
        let mut colour = mix(self.sky(y), self.colours[2], inside(moon));
        for layer in 0..5 {
            let at = layer as f32;
            let c = |place: usize| self.chance[layer * 4 + place];
            let ridge = 0.45
                + at * 0.12
                + 0.07 * (x * 4.0 + c(0) * TAU).sin()
                + 0.03 * (x * 11.0 + c(1) * TAU).sin()
                + 0.008 * (x * 47.0 + c(2) * TAU).sin();
            colour = mix(colour, mix(self.colours[1], self.colours[3], (at + 1.0) / 5.0), inside(ridge - y));
        }
        colour
    }

    fn pixels(&self, x: f32, y: f32) -> Colour {
        const ACROSS: usize = 12;
        let (column, row) = ((x * ACROSS as f32) as usize, (y * ACROSS as f32) as usize);
        let is_margin = |at: usize| !(2..ACROSS - 2).contains(&at);
        if is_margin(column) || is_margin(row) {
            let is_light = (column + row).is_multiple_of(2);
            return mix(self.colours[0], self.colours[1], if is_light { 0.25 } else { 0.1 });
        }
        let half = column.min(ACROSS - 1 - column) - 2;
        let chance = self.chance[(row - 2) * 4 + half];
        self.colours[[0, 2, 3, 2, 0, 3][(chance * 6.0) as usize]]
    }

    fn windows(&self, x: f32, y: f32) -> Colour {
        const ACROSS: f32 = 6.0;
        let (column, row) = ((x * ACROSS).floor(), (y * ACROSS).floor());
        let (u, v) = (x * ACROSS - column - 0.5, y * ACROSS - row - 0.5);
        let chance = self.chance[(row * ACROSS + column) as usize];
        let pane = u.abs().max(v.abs() * 0.8) - 0.28;
        let bar = 0.02 - u.abs().min((v + 0.06).abs());
        let light = if chance > 0.72 { self.colours[2] } else { mix(self.colours[1], self.colours[3], chance) };
        let glass = inside(pane / ACROSS) * inside(bar / ACROSS);
        mix(self.sky(y * 0.5), light, glass)
    }

    fn beams(&self, x: f32, y: f32) -> Colour {
        let mut colour = self.sky(y);
        for at in 0..6 {
            let slope = self.chance[at] * 1.6 - 0.8;
            let middle = 0.1 + at as f32 * 0.16 + (y - 1.0) * slope;
            let width = 0.012 + self.chance[at + 8] * 0.05;
            let beam = inside((x - middle).abs() - width);
            colour = mix(colour, self.colours[2 + at % 2], beam * 0.85);
        }
        mix(colour, self.colours[3], inside(0.86 - y))
    }

    fn rain(&self, x: f32, y: f32) -> Colour {
        const ACROSS: f32 = 16.0;
        let column = (x * ACROSS).floor();
        let u = x * ACROSS - column - 0.5;
        let chance = self.chance[column as usize];
        let length = 0.12 + self.chance[column as usize + 16] * 0.2;
        let along = (y + chance).rem_euclid(length * 2.0);
        let drop = (u.abs() - 0.11).max((along - length / 2.0).abs() * ACROSS - length * ACROSS / 2.0);
        let moon = circle(x, y, (0.68, 0.32), 0.17);
        let ground = mix(self.sky(y), self.colours[2], inside(moon));
        mix(ground, self.colours[3], inside(drop / ACROSS) * 0.75)
    }

    fn arches(&self, x: f32, y: f32) -> Colour {
        let mut colour = self.sky(y);
        for at in 0..6 {
            let radius = 0.4 - at as f32 * 0.062;
            let top = 0.52 + self.chance[0] * 0.06;
            let round = circle(x, y, (0.5, top), radius);
            let wall = (x - 0.5).abs() - radius;
            let arch = if y < top { round } else { wall };
            let paint = mix(self.colours[3], self.colours[2], at as f32 / 5.0);
            colour = mix(colour, paint, inside(arch));
        }
        mix(colour, self.colours[0], inside(0.9 - y))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::{library::ALBUMS, png};
    use super::*;

    #[test]
    fn every_cover_is_the_same_each_time_unlike_the_others_and_small() {
        let mut pictures = HashSet::new();
        for album in &ALBUMS {
            let pixels = draw(&album.cover, album.title);
            assert_eq!(pixels.len(), SIZE * SIZE * 3);
            assert!(pixels == draw(&album.cover, album.title), "{}", album.title);
            let colours: HashSet<&[u8]> = pixels.chunks(3).collect();
            assert!(colours.len() >= 4, "{} shows something", album.title);
            let file = png::encode(SIZE, &pixels).unwrap();
            assert!(file.len() < 200_000, "{} has {} bytes", album.title, file.len());
            assert!(pictures.insert(file), "{} is another's picture", album.title);
        }
    }
}
