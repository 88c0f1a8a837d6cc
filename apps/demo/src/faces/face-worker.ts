import type * as FaceApi from '@vladmandic/face-api';
import type * as TensorFlow from '@tensorflow/tfjs';
import type * as WasmBackend from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { DetectedFace, Pixels } from './detected-face.ts';

/** What the worker is asked, and what it answers. */
export type FaceRequest = Pixels & { readonly id: number };
export type FaceReply =
  { readonly id: number; readonly faces: DetectedFace[] } | { readonly id: number; readonly reason: string };

const MIN_CONFIDENCE = 0.5;
const MAX_FACES = 100;

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs') as typeof TensorFlow;
const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof WasmBackend;
// By path: the package's default entry wants a native TensorFlow, which is downloaded at install.
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as typeof FaceApi;

async function loadModels(): Promise<void> {
  const wasmDir = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  wasm.setWasmPaths(join(wasmDir, 'dist/'));
  await tf.setBackend('wasm');
  await tf.ready();
  const models = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'model');
  await faceapi.nets.ssdMobilenetv1.loadFromDisk(models);
  await faceapi.nets.faceLandmark68Net.loadFromDisk(models);
  await faceapi.nets.faceRecognitionNet.loadFromDisk(models);
}

async function detect({ data, width, height }: Pixels): Promise<DetectedFace[]> {
  const tensor = tf.tensor3d(data, [height, width, 3], 'int32');
  try {
    const options = new faceapi.SsdMobilenetv1Options({
      minConfidence: MIN_CONFIDENCE,
      maxResults: MAX_FACES,
    });
    const found = await faceapi.detectAllFaces(tensor, options).withFaceLandmarks().withFaceDescriptors();
    return found.map(({ detection, descriptor }) => {
      const left = clamp(detection.box.left / width);
      const top = clamp(detection.box.top / height);
      return {
        box: {
          x: left,
          y: top,
          width: clamp(detection.box.right / width) - left,
          height: clamp(detection.box.bottom / height) - top,
        },
        sizePx: Math.min(detection.box.width, detection.box.height),
        score: detection.score,
        embedding: Float32Array.from(descriptor),
      };
    });
  } finally {
    tensor.dispose();
  }
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

const port = parentPort;
if (port === null) throw new Error('face-worker runs as a worker thread only');
const modelsLoaded = loadModels();
// One picture at a time: the detector computes without a pause, so a second one would only wait in memory.
let lastJob: Promise<void> = modelsLoaded;
port.on('message', (request: FaceRequest) => {
  lastJob = lastJob.then(async () => {
    try {
      const faces = await detect(request);
      port.postMessage({ id: request.id, faces } satisfies FaceReply);
    } catch (error) {
      port.postMessage({
        id: request.id,
        reason: error instanceof Error ? error.message : String(error),
      } satisfies FaceReply);
    }
  });
});
await modelsLoaded;
