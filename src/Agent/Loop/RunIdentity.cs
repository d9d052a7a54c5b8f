using System.Globalization;

namespace Holdfast.Agent.Loop;

/// <summary>Reads process id and start time out of a run's name, <c>PID:START:BOOT</c>; the guard needs both to kill the right process.</summary>
public static class RunIdentity
{
    public static bool TryParse(string text, out int pid, out ulong startTime)
    {
        var parts = text.Split(':');
        startTime = 0;
        pid = 0;
        return parts.Length >= 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out pid) && pid > 0 &&
            ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out startTime);
    }
}
