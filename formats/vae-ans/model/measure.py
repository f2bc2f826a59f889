"""PSNR of a trained checkpoint on pictures, beside principal components fitted
to the training images and to the pictures themselves.

    python3 measure.py CHECKPOINT PHOTOS_FOLDER PICTURE...
"""

import sys

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

import images
import train


def pca(image, mean, basis):
    blocks = F.unfold(image, train.REDUCTION, stride=train.REDUCTION)
    inner = basis @ (blocks - mean[None, :, None])
    flat = basis.t() @ inner + mean[None, :, None]
    return F.fold(flat, image.shape[2:], train.REDUCTION, stride=train.REDUCTION)


def psnr(found, image):
    found = torch.round(found.clamp(0, 1) * 255) / 255
    return train.psnr(F.mse_loss(found, image).item())


def main():
    checkpoint, folder, *paths = sys.argv[1:]
    torch.set_num_threads(1)
    torch.manual_seed(train.SEED)
    photos = list(images.photos(folder))
    drawn = images.procedural(train.SEED)
    pictures = [p[4] for p in photos] + drawn
    weights = [p[3] for p in photos]
    weights += [images.PROCEDURAL_WEIGHT / len(drawn)] * len(drawn)
    crops = train.Crops(pictures, weights, np.random.default_rng(train.SEED + 1))
    mean, basis, _ = train.components(crops.batch(512))
    state = torch.load(checkpoint)
    encoder, decoder = train.Encoder().eval(), train.Decoder().eval()
    encoder.load_state_dict(state["encoder"])
    decoder.load_state_dict(state["decoder"])
    print("step", state["step"])
    sums = []
    for path in paths:
        pixels = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255
        image = torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]
        height, width = (s // train.REDUCTION * train.REDUCTION for s in image.shape[2:])
        image = image[:, :, :height, :width]
        own_mean, own_basis, _ = train.components(image)
        with torch.no_grad():
            latent = encoder(image)
            row = [
                psnr(pca(image, mean, basis), image),
                psnr(pca(image, own_mean, own_basis), image),
                psnr(decoder(latent), image),
                psnr(decoder(torch.round(latent * 16) / 16), image),
            ]
        sums.append(row)
        spread = (train.HADAMARD @ latent[0].reshape(4, -1)).std(1)
        print(path.split("/")[-1], *(f"{v:.3f}" for v in row), spread.numpy().round(3))
    print("mean", *(f"{v:.3f}" for v in np.mean(sums, axis=0)))


if __name__ == "__main__":
    main()
