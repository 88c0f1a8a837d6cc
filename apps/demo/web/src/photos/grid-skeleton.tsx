/** Two rows in the height that the photos will have. */
const shares = [1.5, 1.2, 1.4, 0.8, 1.3, 1.5, 0.9, 1.2];

export function GridSkeleton({ rowHeight }: { rowHeight: number }) {
  return (
    <div className="grid-skeleton" aria-hidden="true">
      {shares.map((share, index) => (
        <span key={index} style={{ height: rowHeight, flexGrow: share, flexBasis: share * rowHeight }} />
      ))}
    </div>
  );
}
