import type { ResponseInfo } from './options.ts';
import type { RequestTarget } from './request-target.ts';
import type { FieldLines, RequestFields } from './rules/fields.ts';

/** A request, in no framework's shape. */
export interface RequestView {
  readonly method: string;
  /** Undefined: no key can be made of it. */
  readonly target: RequestTarget | undefined;
  readonly fields: RequestFields;
}

/** The head of the handler's response. */
export interface ResponseHead {
  readonly status: number;
  readonly fields: FieldLines;
}

/** What is sent when the handler is not asked, or not only. `body` undefined: none. */
export interface Reply extends ResponseHead {
  readonly body: Uint8Array | undefined;
  /** What the adapter has made of it: hits give the same reply again and again. */
  ready?: unknown;
}

/** One request and what the options say about it; the adapter has bound them to the framework's request. */
export interface Exchange {
  readonly request: RequestView;
  isBypassed(): boolean;
  /** The request is on its way to the handler, and others wait for what comes of it. */
  enter(): void;
  /** `onError` is told of what an asynchronous function of the application's rejects with; its tags are refused. */
  tagsOf(response: ResponseInfo, onError: (error: unknown) => void): readonly string[];
  /** The adapter can run the handler behind, with nobody to answer. */
  readonly canRefresh: () => boolean;
}
