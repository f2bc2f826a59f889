//! Entities and their components.

use std::any::Any;
use std::collections::BTreeMap;

use super::{Arena, Component, Context, DType, Image, Key, Pipe, TensorRef};
use crate::Error;

/// A job: a number. Counts up from 0 and is never used twice.
pub type Entity = u32;

/// Entities, their components, the arena and the context.
#[derive(Debug)]
pub struct World {
    arena: Arena,
    next: Entity,
    stores: BTreeMap<Key, BTreeMap<Entity, Box<dyn Component>>>,
    metrics: BTreeMap<(Entity, String), f64>,
    scratch: BTreeMap<String, TensorRef>,
    /// Settings and trace.
    pub context: Context,
}

impl World {
    /// An empty world with an arena of this many bytes.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(arena_bytes: usize) -> Result<Self, Error> {
        Ok(Self {
            arena: Arena::new(arena_bytes)?,
            next: 0,
            stores: BTreeMap::new(),
            metrics: BTreeMap::new(),
            scratch: BTreeMap::new(),
            context: Context {
                entropy: true,
                ..Context::default()
            },
        })
    }

    /// The arena.
    pub fn arena(&self) -> &Arena {
        &self.arena
    }

    /// The arena, for allocating and writing.
    pub fn arena_mut(&mut self) -> &mut Arena {
        &mut self.arena
    }

    /// A new entity without components.
    pub fn new_entity(&mut self) -> Entity {
        let entity = self.next;
        self.next += 1;
        entity
    }

    /// A new entity with one picture as its `RGB`: `pixels` are
    /// `height * width * 3` bytes, row by row.
    ///
    /// # Errors
    /// [`Error::WrongShape`], [`Error::OutOfArena`].
    pub fn spawn_image(
        &mut self,
        width: usize,
        height: usize,
        pixels: &[u8],
    ) -> Result<Entity, Error> {
        Ok(self.spawn_batch_rgb(width, height, &[pixels])?[0])
    }

    /// New entities with pictures of one size, which lie in one contiguous
    /// `(n, height, width, 3)` tensor.
    ///
    /// # Errors
    /// [`Error::WrongShape`] for an empty side or when a picture is not
    /// `height * width * 3` bytes, [`Error::OutOfArena`].
    pub fn spawn_batch_rgb(
        &mut self,
        width: usize,
        height: usize,
        pictures: &[&[u8]],
    ) -> Result<Vec<Entity>, Error> {
        let bytes = width.checked_mul(height).and_then(|n| n.checked_mul(3));
        let fits = |p: &&[u8]| !p.is_empty() && Some(p.len()) == bytes;
        if !pictures.iter().all(fits) {
            return Err(Error::WrongShape {
                what: format!("pictures of {width}x{height}"),
                found: pictures.iter().map(|p| p.len()).collect(),
                expected: "height * width * 3 bytes each".into(),
            });
        }
        let shape = [pictures.len(), height, width, 3];
        let batch = self.arena.alloc(&shape, DType::U8)?;
        let mut entities = Vec::new();
        for (number, picture) in pictures.iter().enumerate() {
            let pixels = batch.sub(0, number)?;
            self.arena
                .slice_mut::<u8>(&pixels)?
                .copy_from_slice(picture);
            let entity = self.new_entity();
            let colourspace = "sRGB";
            self.attach(
                entity,
                Key::RGB,
                Image {
                    pixels,
                    colourspace,
                },
            );
            entities.push(entity);
        }
        Ok(entities)
    }

    /// Attaches a component, in place of one of the same name.
    pub fn attach(&mut self, entity: Entity, key: Key, component: impl Component) {
        self.stores
            .entry(key)
            .or_default()
            .insert(entity, Box::new(component));
    }

    /// Whether an entity has a component of this name.
    pub fn has(&self, entity: Entity, key: &Key) -> bool {
        self.stores
            .get(key)
            .is_some_and(|s| s.contains_key(&entity))
    }

    /// A component of an entity.
    ///
    /// # Errors
    /// [`Error::NoComponent`], [`Error::WrongKind`].
    pub fn get<C: Component>(&self, entity: Entity, key: &Key) -> Result<&C, Error> {
        let component: &dyn Any = self.any(entity, key)?;
        component.downcast_ref().ok_or_else(|| Error::WrongKind {
            component: key.to_string(),
            expected: std::any::type_name::<C>(),
        })
    }

    /// A component of an entity, whatever its kind.
    ///
    /// # Errors
    /// [`Error::NoComponent`].
    pub fn any(&self, entity: Entity, key: &Key) -> Result<&dyn Component, Error> {
        self.stores
            .get(key)
            .and_then(|store| store.get(&entity))
            .map(AsRef::as_ref)
            .ok_or_else(|| Error::NoComponent {
                entity,
                component: key.to_string(),
            })
    }

    /// The bytes of a picture component.
    ///
    /// # Errors
    /// As [`World::get`] and [`Arena::slice`].
    pub fn pixels(&self, entity: Entity, key: &Key) -> Result<&[u8], Error> {
        let image = self.get::<Image>(entity, key)?;
        self.arena.slice::<u8>(&image.pixels)
    }

    /// One contiguous tensor `(n, shape...)` for a group's outputs, and its
    /// slices, one for each entity.
    ///
    /// # Errors
    /// [`Error::OutOfArena`].
    pub fn batch(
        &mut self,
        count: usize,
        shape: &[usize],
        dtype: DType,
    ) -> Result<(TensorRef, Vec<TensorRef>), Error> {
        let mut batched = vec![count];
        batched.extend_from_slice(shape);
        let batch = self.arena.alloc(&batched, dtype)?;
        let parts = (0..count)
            .map(|n| batch.sub(0, n))
            .collect::<Result<_, _>>()?;
        Ok((batch, parts))
    }

    /// A named tensor for intermediate values, used again while its shape and
    /// element type stay the same. Its contents are whatever was left there.
    ///
    /// # Errors
    /// [`Error::OutOfArena`].
    pub fn scratch(
        &mut self,
        name: &str,
        shape: &[usize],
        dtype: DType,
    ) -> Result<TensorRef, Error> {
        if let Some(tensor) = self.scratch.get(name)
            && tensor.shape() == shape
            && tensor.dtype() == dtype
        {
            return Ok(tensor.clone());
        }
        let tensor = self.arena.alloc(shape, dtype)?;
        self.scratch.insert(name.to_owned(), tensor.clone());
        Ok(tensor)
    }

    /// Records a figure of an entity.
    pub fn record(&mut self, entity: Entity, name: impl Into<String>, value: f64) {
        self.metrics.insert((entity, name.into()), value);
    }

    /// A recorded figure.
    pub fn metric(&self, entity: Entity, name: &str) -> Option<f64> {
        self.metrics.get(&(entity, name.to_owned())).copied()
    }

    /// Every recorded figure.
    pub fn metrics(&self) -> impl Iterator<Item = (Entity, &str, f64)> {
        self.metrics
            .iter()
            .map(|((entity, name), value)| (*entity, name.as_str(), *value))
    }

    /// Removes every component, scratch tensor and figure, and empties the
    /// arena. Entity numbers go on.
    pub fn reset(&mut self) {
        self.stores.clear();
        self.scratch.clear();
        self.metrics.clear();
        self.arena.reset();
    }

    /// A pipe over these entities.
    pub fn pipe(&mut self, entities: &[Entity]) -> Pipe<'_> {
        Pipe::new(self, entities)
    }
}
