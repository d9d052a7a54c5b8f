using Holdfast.Core.Failover;
using Holdfast.Engines.Redis.Files;
using Holdfast.Engines.Redis.Replication;

namespace Holdfast.Engines.Redis.Observation;

/// <summary>Says what is in the data directory, and if it is not ours why, with the remedy.</summary>
internal sealed class DataInspector(Layout layout, HistoryKeeper history)
{
    public (DataState State, string? Problem) Look()
    {
        try
        {
            if (File.Exists(layout.IncompleteMarker))
            {
                return (DataState.Incomplete, null);
            }

            if (Native.Identify(layout.Data) is { } directory && directory.Owner != Native.EffectiveUser())
            {
                return (DataState.Foreign,
                    $"{layout.Data} belongs to user number {directory.Owner}, not to the one who runs the agent ({Native.EffectiveUser()}): chown it");
            }

            if (DirectoryWork.IsEmptyOrMissing(layout.Data))
            {
                return (DataState.Empty, null);
            }

            return history.OnDisk is null || !File.Exists(layout.Store)
                ? (DataState.Foreign,
                    $"{layout.Data} is not empty, and was not made by Holdfast: name another directory in 'data', or empty it; " +
                    "data of another server can be copied into the running store")
                : (DataState.Present, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (DataState.Foreign, $"{layout.Data} cannot be read ({exception.Message}): let the user who runs the agent own it");
        }
    }
}
