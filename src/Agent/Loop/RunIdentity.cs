using System.Globalization;

namespace Holdfast.Agent.Loop;

/// <summary>A server's run as <c>PID:START</c>: process id and start time (field 22 of <c>/proc/PID/stat</c>), which together name one process.</summary>
public static class RunIdentity
{
    public static string Of(int pid, ulong startTime) => string.Create(CultureInfo.InvariantCulture, $"{pid}:{startTime}");

    public static bool TryParse(string text, out int pid, out ulong startTime)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        startTime = 0;
        pid = 0;
        return colon > 0 && int.TryParse(text.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out pid) &&
            ulong.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out startTime);
    }
}
