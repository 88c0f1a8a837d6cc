import { hashContent } from '@keepsake/entities';
import type { Database } from '../database/open-database.ts';
import type { FaceState } from '../database/schema.ts';
import { findAlbum, listAlbums } from './album-queries.ts';
import type { DownloadCounting } from './download-counting.ts';
import { findFace, type FaceDetails } from './face-queries.ts';
import type {
  Album,
  Page,
  Person,
  Photo,
  PhotoDetails,
  PhotoFile,
  PhotoPage,
  PhotoRecord,
  SelfieResult,
} from './model.ts';
import { findPerson, listPeople } from './person-queries.ts';
import { findFaceState, findPhoto, findPhotos, listAlbumPhotos, listPersonPhotos } from './photo-queries.ts';
import { EVERYBODY, type DemoCache } from './photo-values.ts';
import { searchText, suggest, type Suggestion } from './search-queries.ts';

/** What a text was found in. */
export interface SearchResult<P extends PhotoDetails = Photo> {
  readonly people: readonly Person[];
  readonly albums: readonly Album[];
  readonly photos: readonly P[];
}

/** Every read of the app: from the cache, and where that has nothing from the database. */
export class PhotoReads {
  readonly #db: Database;
  readonly #cache: DemoCache | undefined;
  readonly #downloads: DownloadCounting;

  /** Without a cache every read goes to the database: the same app, to compare with. */
  constructor(db: Database, cache: DemoCache | undefined, downloads: DownloadCounting) {
    this.#db = db;
    this.#cache = cache;
    this.#downloads = downloads;
  }

  albums(): Promise<Album[]> {
    return this.#read(
      () => listAlbums(this.#db),
      (photos, load) => photos.user.albums.getOrSet(EVERYBODY, load),
    );
  }

  album(albumId: string): Promise<Album | undefined> {
    return this.#read(
      () => findAlbum(this.#db, albumId),
      (photos, load) => photos.album.details.getOrSet(albumId, load),
    );
  }

  async albumPhotos(albumId: string, page: Page): Promise<PhotoPage<Photo>> {
    const found = await this.#read(
      () => listAlbumPhotos(this.#db, albumId, page),
      (photos, load) => photos.album.photos.getOrSet(albumId, load, { variant: page }),
    );
    return { total: found.total, items: await this.#withDownloads(found.items) };
  }

  async photo(photoId: string): Promise<Photo | undefined> {
    const record = await this.#record(photoId);
    if (record === undefined) return undefined;
    const downloads = (await this.#downloads.totals([photoId])).get(photoId) ?? 0;
    return { ...record.details, downloads };
  }

  async photoFile(photoId: string): Promise<PhotoFile | undefined> {
    return (await this.#record(photoId))?.file;
  }

  faceState(photoId: string): Promise<FaceState | undefined> {
    return this.#read(
      () => findFaceState(this.#db, photoId),
      (photos, load) => photos.photo.status.getOrSet(photoId, load),
    );
  }

  face(faceId: string): Promise<FaceDetails | undefined> {
    return this.#read(
      () => findFace(this.#db, faceId),
      (photos, load) =>
        photos.face.details.getOrSet(faceId, async (context) => {
          const face = await load();
          if (face !== undefined) {
            const { albumId, photoId, personId } = face;
            context.relate({ albumId, photoId, ...(personId === null ? {} : { personId }) });
          }
          return face;
        }),
    );
  }

  people(): Promise<Person[]> {
    return this.#search({ list: 'people' }, () => listPeople(this.#db));
  }

  person(personId: string): Promise<Person | undefined> {
    return this.#read(
      () => findPerson(this.#db, personId),
      (photos, load) => photos.person.details.getOrSet(personId, load),
    );
  }

  async personPhotos(personId: string, page: Page): Promise<PhotoPage<Photo>> {
    const query = { list: 'person-photos', personId, ...page };
    const found = await this.#search(query, () => listPersonPhotos(this.#db, personId, page));
    return { total: found.total, items: await this.#withDownloads(found.items) };
  }

  /** Capitals make no difference to what is found, nor to the key. */
  async search(text: string): Promise<SearchResult> {
    const found = await this.#search({ text: text.toLowerCase() }, () => this.#searchText(text));
    return { ...found, photos: await this.#withDownloads(found.photos) };
  }

  suggestions(text: string): Promise<Suggestion[]> {
    return this.#read(
      () => suggest(this.#db, text),
      (photos, load) => photos.search.suggestions.getOrSet(text.toLowerCase(), load),
    );
  }

  /** By the picture's content: the same picture under another name is the same search. */
  selfie(picture: Uint8Array, load: () => Promise<SelfieResult>): Promise<SelfieResult> {
    return this.#search({ selfie: hashContent(picture) }, load);
  }

  #record(photoId: string): Promise<PhotoRecord | undefined> {
    return this.#read(
      () => findPhoto(this.#db, photoId),
      (photos, load) =>
        photos.photo.details.getOrSet(photoId, async (context) => {
          const record = await load();
          if (record !== undefined) context.relate({ albumId: record.details.albumId });
          return record;
        }),
    );
  }

  async #searchText(text: string): Promise<SearchResult<PhotoDetails>> {
    const [people, albums, found] = [
      await listPeople(this.#db),
      await listAlbums(this.#db),
      await searchText(this.#db, text),
    ];
    return {
      people: people.filter(({ id }) => found.personIds.includes(id)),
      albums: albums.filter(({ id }) => found.albumIds.includes(id)),
      photos: await findPhotos(this.#db, found.photoIds),
    };
  }

  /** Counts change far more often than photos, hence counters of their own. */
  async #withDownloads(photos: readonly PhotoDetails[]): Promise<Photo[]> {
    const ids = photos.map(({ id }) => id);
    const counts = await this.#downloads.totals(ids);
    return photos.map((photo) => ({ ...photo, downloads: counts.get(photo.id) ?? 0 }));
  }

  /** Lists that any change of a photo, face or person may alter are kept as searches: such a change drops them all. */
  #search<T>(query: object, load: () => Promise<T>): Promise<T> {
    return this.#read(load, (photos) => photos.search.results.getOrSet<T>(query, load));
  }

  #read<T>(
    load: () => Promise<T>,
    through: (photos: DemoCache, load: () => Promise<T>) => Promise<T>,
  ): Promise<T> {
    return this.#cache === undefined ? load() : through(this.#cache, load);
  }
}
