using System.ComponentModel;
using System.Runtime.InteropServices;
using Holdfast.Harness.Sites;

namespace Holdfast.Lab.Hosts;

/// <summary>
/// A disk of a member's own, in memory, that can be filled. It is mounted in a mount namespace of ours, and vanishes with us.
/// </summary>
internal sealed partial class SmallDisk : IDisposable
{
    private const string Ballast = ".ballast";
    private const int Detach = 2;
    private const ulong NoDevicesNoSetuid = 0x2 | 0x4;

    private SmallDisk(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Null: this process may not mount, or is not in a namespace of its own, and the folder is an ordinary one.</summary>
    public static SmallDisk? TryMount(string folder, int mebibytes) =>
        OwnNetwork.HasMounts && Mount("tmpfs", folder, "tmpfs", NoDevicesNoSetuid, $"size={mebibytes}m,mode=0700") == 0 ? new SmallDisk(folder) : null;

    /// <summary>Leaves no room for anybody.</summary>
    public void Fill()
    {
        // In halves: others write meanwhile, and what is asked for at once must be there as a whole.
        var part = 0;
        for (var size = new DriveInfo(Folder).AvailableFreeSpace; size >= 4096; size = Math.Min(size / 2, new DriveInfo(Folder).AvailableFreeSpace))
        {
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, PreallocationSize = size };
                using var file = new FileStream(Path.Combine(Folder, $"{Ballast}{part++}"), options);
            }
            catch (IOException fault)
            {
                _ = fault; // somebody was quicker: the next half
            }
        }
    }

    /// <summary>As roomy as it was.</summary>
    public void Empty()
    {
        foreach (var file in Directory.EnumerateFiles(Folder, $"{Ballast}*"))
        {
            File.Delete(file);
        }
    }

    /// <summary>The folder is an ordinary one again, and empty.</summary>
    public void Dispose()
    {
        if (Unmount(Folder, Detach) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot unmount {Folder}");
        }
    }

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);
}
