using System.Runtime.InteropServices;

namespace Holdfast.Quickstart.Processes;

/// <summary>Numbers of the signals that are sent, as Linux has them.</summary>
internal enum Signal
{
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

/// <summary>Sends signals.</summary>
internal static partial class Signals
{
    private const int NoSuchProcess = 3;

    /// <summary>False: the process is gone (or is not the one that was meant).</summary>
    /// <exception cref="QuickstartException">The system refuses.</exception>
    public static bool Send(ProcessIdentity process, Signal signal)
    {
        if (!process.IsAlive())
        {
            return false;
        }

        if (Kill(process.Pid, (int)signal) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess
            ? false
            : throw new QuickstartException($"cannot send {signal} to process {process.Pid}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
