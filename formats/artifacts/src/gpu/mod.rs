//! The graphics processor's path: one compute shader, through wgpu.

mod plan;
#[cfg(test)]
mod tests;

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::image::{Channels, ImageMut};
use crate::quality::{Quality, Quantisers};
use crate::tile::Area;
use crate::{ArtifactError, TableSet};
use plan::{Band, Limits, Plan};

/// The shader, for every graphics interface.
pub(crate) const SHADER: &str = include_str!("shader.wgsl");

/// Invocations of a workgroup: (pieces, block rows, block columns), as the shader says.
const WORKGROUP: [u32; 3] = [1, 8, 8];

/// The most pixels that are sent at once, whatever the adapter could take: it bounds the memory
/// that a context keeps.
const MAX_BAND: u64 = 1 << 26;

/// The most pieces that are dispatched at once.
const MAX_PIECES: usize = 1 << 15;

/// Bytes of a piece, of a job and between jobs, see the shader.
const PIECE_BYTES: usize = 32;
const JOB_BYTES: u64 = 16;

/// Words of one quality's tables: 128 pairs.
const TABLE_PAIRS: u32 = 128;

/// Wall-clock times of the last call, all bands together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuTimes {
    /// Packing and sending pixels.
    pub upload: Duration,
    /// The dispatches.
    pub compute: Duration,
    /// Fetching and unpacking pixels.
    pub download: Duration,
}

/// An adapter with its pipeline and buffers.
#[derive(Debug)]
pub(crate) struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    description: String,
    limits: Limits,
    /// What went wrong since it was last asked.
    trouble: Arc<Mutex<Option<String>>>,
    tables: wgpu::Buffer,
    /// Bytes from job to job.
    job_step: u64,
    buffers: Option<Buffers>,
    plan: Plan,
    bytes: Vec<u8>,
    times: GpuTimes,
}

/// The buffers whose size depends on the work; they grow and never shrink.
#[derive(Debug)]
struct Buffers {
    pixels: wgpu::Buffer,
    fetched: wgpu::Buffer,
    pieces: wgpu::Buffer,
    jobs: wgpu::Buffer,
    bind_group: wgpu::BindGroup,
}

/// Adapters in order of preference; what computes on the processor comes last.
fn rank(kind: wgpu::DeviceType) -> u32 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

fn failed(e: impl std::fmt::Display) -> ArtifactError {
    ArtifactError::Gpu(e.to_string())
}

impl Gpu {
    /// Takes the best adapter. `software`: also one that computes on the processor.
    ///
    /// # Errors
    /// [`ArtifactError::NoGpu`], [`ArtifactError::Gpu`].
    pub fn new(software: bool) -> Result<Self, ArtifactError> {
        Self::with_limits(software, |limits| limits)
    }

    /// The same, with less than the adapter can do.
    fn with_limits(
        software: bool,
        lower: impl FnOnce(Limits) -> Limits,
    ) -> Result<Self, ArtifactError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        adapters.sort_by_key(|a| rank(a.get_info().device_type));
        let Some(adapter) = adapters.into_iter().next() else {
            return Err(ArtifactError::NoGpu("there is no adapter".into()));
        };
        let info = adapter.get_info();
        if info.device_type == wgpu::DeviceType::Cpu && !software {
            return Err(ArtifactError::NoGpu(format!(
                "the only adapter, {}, computes on the processor",
                info.name
            )));
        }
        let device_limits = adapter.limits();
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
            label: Some("orrery-artifacts"),
            required_limits: device_limits.clone(),
            ..Default::default()
        }))
        .map_err(failed)?;
        let trouble = Arc::new(Mutex::new(None));
        let note = |trouble: &Arc<Mutex<Option<String>>>, message: String| {
            if let Ok(mut trouble) = trouble.lock() {
                trouble.get_or_insert(message);
            }
        };
        let noted = Arc::clone(&trouble);
        device.on_uncaptured_error(Arc::new(move |e: wgpu::Error| note(&noted, e.to_string())));
        let noted = Arc::clone(&trouble);
        device.set_device_lost_callback(move |reason, message| {
            note(&noted, format!("lost: {reason:?} {message}"));
        });

        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some("artifacts"),
            source: wgpu::ShaderSource::Wgsl(SHADER.into()),
        });
        let pipeline = pipeline(&device, &module);
        let tables = all_tables();
        let table_buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("tables"),
            size: tables.len() as u64,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        queue.write_buffer(&table_buffer, 0, &tables);

        let buffer = device_limits
            .max_storage_buffer_binding_size
            .min(device_limits.max_buffer_size);
        let grid = device_limits.max_compute_workgroups_per_dimension as usize;
        let limits = lower(Limits {
            pixels: (buffer / 4).min(MAX_BAND),
            pieces: MAX_PIECES.min(grid).min(buffer as usize / PIECE_BYTES),
        });
        let gpu = Self {
            description: format!("{} ({:?}, {:?})", info.name, info.backend, info.device_type),
            job_step: JOB_BYTES
                .next_multiple_of(device_limits.min_uniform_buffer_offset_alignment.into()),
            device,
            queue,
            pipeline,
            limits,
            trouble,
            tables: table_buffer,
            buffers: None,
            plan: Plan::default(),
            bytes: Vec::new(),
            times: GpuTimes::default(),
        };
        gpu.check()?;
        Ok(gpu)
    }

    /// In words.
    pub fn describe(&self) -> String {
        self.description.clone()
    }

    pub fn times(&self) -> GpuTimes {
        self.times
    }

    /// Does layers of tiles that do not overlap, one after the other; returns how many bands
    /// were sent.
    ///
    /// # Errors
    /// [`ArtifactError::Gpu`].
    pub fn apply(
        &mut self,
        image: &mut ImageMut<'_>,
        layers: &[&[Area]],
        _tables: &TableSet,
    ) -> Result<u32, ArtifactError> {
        self.times = GpuTimes::default();
        let mut plan = std::mem::take(&mut self.plan);
        plan.make(layers, image.width, self.limits);
        let done = plan
            .bands
            .iter()
            .try_for_each(|band| self.band(image, band, &plan.pieces[band.pieces.clone()]));
        let bands = plan.bands.len() as u32;
        self.plan = plan;
        done.map(|()| bands)
    }

    /// Sends, computes, fetches.
    fn band(
        &mut self,
        image: &mut ImageMut<'_>,
        band: &Band,
        pieces: &[Area],
    ) -> Result<(), ArtifactError> {
        let start = Instant::now();
        let size = u64::from(band.bottom - band.top) * u64::from(image.width) * 4;
        self.grow(size, pieces.len(), band.dispatches.len())?;
        let buffers = self.buffers.as_ref().expect("they were just made");

        pack(image, band, &mut self.bytes);
        self.queue.write_buffer(&buffers.pixels, 0, &self.bytes);
        self.bytes.clear();
        for piece in pieces {
            let table = u32::from(piece.quality.get() - 1) * TABLE_PAIRS;
            let y = piece.y - band.top;
            for word in [piece.x, y, piece.width, piece.height, table, 0, 0, 0] {
                self.bytes.extend(word.to_ne_bytes());
            }
        }
        self.queue.write_buffer(&buffers.pieces, 0, &self.bytes);
        self.bytes.clear();
        for dispatch in &band.dispatches {
            let (first, count) = (dispatch.first as u32, dispatch.count as u32);
            for word in [image.width, first, count, 0] {
                self.bytes.extend(word.to_ne_bytes());
            }
            let end = self.bytes.len().next_multiple_of(self.job_step as usize);
            self.bytes.resize(end, 0);
        }
        self.queue.write_buffer(&buffers.jobs, 0, &self.bytes);
        self.queue.submit([]);
        self.wait()?;
        self.times.upload += start.elapsed();

        let start = Instant::now();
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            for (n, dispatch) in band.dispatches.iter().enumerate() {
                let offset = n as u32 * self.job_step as u32;
                pass.set_bind_group(0, &buffers.bind_group, &[offset]);
                pass.dispatch_workgroups(
                    (dispatch.count as u32).div_ceil(WORKGROUP[0]),
                    dispatch.blocks_y.div_ceil(WORKGROUP[1]),
                    dispatch.blocks_x.div_ceil(WORKGROUP[2]),
                );
            }
        }
        self.queue.submit([encoder.finish()]);
        self.wait()?;
        self.times.compute += start.elapsed();

        let start = Instant::now();
        let mut encoder = self
            .device
            .create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(&buffers.pixels, 0, &buffers.fetched, 0, size);
        self.queue.submit([encoder.finish()]);
        let slice = buffers.fetched.slice(0..size);
        let (sender, receiver) = mpsc::channel();
        slice.map_async(wgpu::MapMode::Read, move |result| {
            let _ = sender.send(result);
        });
        self.wait()?;
        receiver
            .recv()
            .map_err(failed)
            .and_then(|result| result.map_err(failed))?;
        let unpacked = slice
            .get_mapped_range()
            .map(|view| unpack(&view, image, band))
            .map_err(failed);
        buffers.fetched.unmap();
        self.times.download += start.elapsed();
        unpacked
    }

    /// Waits for everything that was submitted.
    fn wait(&self) -> Result<(), ArtifactError> {
        self.device
            .poll(wgpu::PollType::wait_indefinitely())
            .map_err(failed)?;
        self.check()
    }

    /// What went wrong, if something did.
    fn check(&self) -> Result<(), ArtifactError> {
        let trouble = self.trouble.lock().ok().and_then(|mut t| t.take());
        trouble.map_or(Ok(()), |message| Err(ArtifactError::Gpu(message)))
    }

    /// Makes buffers for `size` bytes of pixels, and so many pieces and jobs, unless there are.
    fn grow(&mut self, size: u64, pieces: usize, jobs: usize) -> Result<(), ArtifactError> {
        let pieces = (pieces * PIECE_BYTES) as u64;
        let jobs = jobs as u64 * self.job_step;
        let old = |buffer: fn(&Buffers) -> &wgpu::Buffer| {
            self.buffers.as_ref().map_or(0, |b| buffer(b).size())
        };
        let have = [old(|b| &b.pixels), old(|b| &b.pieces), old(|b| &b.jobs)];
        if self.buffers.is_some() && size <= have[0] && pieces <= have[1] && jobs <= have[2] {
            return Ok(());
        }
        // The old ones go first: both together might not fit.
        self.buffers = None;
        let make = |label, size: u64, old: u64, usage| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: size.max(old),
                usage: usage | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let storage = wgpu::BufferUsages::STORAGE;
        let pixels = make(
            "pixels",
            size,
            have[0],
            storage | wgpu::BufferUsages::COPY_SRC,
        );
        let fetched = make("fetched", size, have[0], wgpu::BufferUsages::MAP_READ);
        let pieces = make("pieces", pieces, have[1], storage);
        let jobs = make("jobs", jobs, have[2], wgpu::BufferUsages::UNIFORM);
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        let bind_group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("artifacts"),
            layout: &self.pipeline.get_bind_group_layout(0),
            entries: &[
                entry(0, pixels.as_entire_binding()),
                entry(1, pieces.as_entire_binding()),
                entry(2, self.tables.as_entire_binding()),
                entry(
                    3,
                    wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: &jobs,
                        offset: 0,
                        size: wgpu::BufferSize::new(JOB_BYTES),
                    }),
                ),
            ],
        });
        self.check()?;
        self.buffers = Some(Buffers {
            pixels,
            fetched,
            pieces,
            jobs,
            bind_group,
        });
        Ok(())
    }
}

fn pipeline(device: &wgpu::Device, module: &wgpu::ShaderModule) -> wgpu::ComputePipeline {
    let entry = |binding, ty, dynamic, size: u64| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: dynamic,
            min_binding_size: wgpu::BufferSize::new(size),
        },
        count: None,
    };
    let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("artifacts"),
        entries: &[
            entry(0, storage(false), false, 4),
            entry(1, storage(true), false, PIECE_BYTES as u64),
            entry(2, storage(true), false, 8),
            entry(3, wgpu::BufferBindingType::Uniform, true, JOB_BYTES),
        ],
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some("artifacts"),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("artifacts"),
        layout: Some(&layout),
        module,
        entry_point: Some("artifacts"),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}

/// Quantisers and reciprocals of all qualities, as the shader wants them.
fn all_tables() -> Vec<u8> {
    Quality::ALL
        .filter_map(|q| Quality::new(q).ok())
        .map(Quantisers::new)
        .flat_map(|tables| [tables.luminance, tables.chrominance])
        .flatten()
        .map(i32::from)
        .flat_map(|q| [q, reciprocal(q)])
        .flat_map(i32::to_ne_bytes)
        .collect()
}

/// `2^19 / q`, rounded up. For `0 <= n < 2^11` (rounded transform values stay below 1200),
/// `(n * reciprocal(q)) >> 19` is `n / q`, and the product stays below 2^31. A test tries all.
fn reciprocal(q: i32) -> i32 {
    ((1 << 19) + q - 1) / q
}

/// The rows of a band, four bytes a pixel.
fn pack(image: &ImageMut<'_>, band: &Band, out: &mut Vec<u8>) {
    out.clear();
    let row_bytes = image.width as usize * image.channels.count();
    for y in band.top..band.bottom {
        let row = &image.data[y as usize * image.stride..][..row_bytes];
        match image.channels {
            Channels::Rgba => out.extend_from_slice(row),
            Channels::Rgb => {
                let (pixels, _) = row.as_chunks::<3>();
                out.extend(pixels.iter().flat_map(|&[r, g, b]| [r, g, b, 255]));
            }
        }
    }
}

/// And back.
fn unpack(bytes: &[u8], image: &mut ImageMut<'_>, band: &Band) {
    let (width, n) = (image.width as usize, image.channels.count());
    for (y, packed) in (band.top..band.bottom).zip(bytes.chunks_exact(width * 4)) {
        let row = &mut image.data[y as usize * image.stride..][..width * n];
        match image.channels {
            Channels::Rgba => row.copy_from_slice(packed),
            Channels::Rgb => {
                let (pixels, _) = row.as_chunks_mut::<3>();
                for (pixel, packed) in pixels.iter_mut().zip(packed.as_chunks::<4>().0) {
                    pixel.copy_from_slice(&packed[..3]);
                }
            }
        }
    }
}
