import type { ReactNode } from 'react';
import { DropTarget } from '../upload/drop-target.tsx';
import { UploadTray } from '../upload/upload-tray.tsx';
import { Banner } from './banner.tsx';
import { SideBar } from './side-bar.tsx';
import { TabBar } from './tab-bar.tsx';
import { TopBar } from './top-bar.tsx';

/** The frame around every page but the photo's: bars, banner, content, tray. */
export function Shell({ path, children }: { path: string; children: ReactNode }) {
  return (
    <DropTarget>
      <a className="skip-link" href="#content">
        Skip to content
      </a>
      <TopBar />
      <div className="shell">
        <SideBar path={path} />
        <div className="shell-main">
          <Banner />
          <main id="content" className="content" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
      <UploadTray />
      <TabBar path={path} />
    </DropTarget>
  );
}
