import numpy as np

def conv2d(image, kernel, stride=1, padding=0):
    if padding:
        image = np.vstack([np.zeros((padding, image.shape[1])), image, np.zeros((padding, image.shape[1]))])
        image = np.hstack([np.zeros((image.shape[0], padding)), image, np.zeros((image.shape[0], padding))])
    kh, kw = kernel.shape
    rows = []
    top = 0
    while top + kh <= image.shape[0]:
        row = []
        left = 0
        while left + kw <= image.shape[1]:
            total = 0
            for dy in range(kh):
                for dx in range(kw):
                    total += image[top + dy][left + dx] * kernel[dy][dx]
            row.append(total)
            left += 1
        rows.append(row)
        top += stride
    return np.array(rows)
