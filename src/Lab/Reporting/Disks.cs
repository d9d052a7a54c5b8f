using System.Globalization;
using System.Text;
using Holdfast.Lab.Hosts;

namespace Holdfast.Lab.Reporting;

/// <summary>How full the disk of each member is, and what takes the room: a server that cannot start may only lack that.</summary>
internal static class Disks
{
    private const int Mebi = 1 << 20;
    private const int Depth = 2;

    public static string Describe(LabCluster cluster)
    {
        var text = new StringBuilder();
        foreach (var host in cluster.Hosts.Where(host => host.Disk is not null))
        {
            var (folder, drive) = (host.Disk!.Folder, new DriveInfo(host.Disk.Folder));
            text.Append(CultureInfo.InvariantCulture, $"{host.Name}: {drive.AvailableFreeSpace / Mebi} of {drive.TotalSize / Mebi} MiB free\n");
            Append(text, new DirectoryInfo(folder), folder, Depth);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, DirectoryInfo folder, string root, int depth)
    {
        foreach (var inner in folder.EnumerateDirectories().OrderByDescending(Size))
        {
            var size = Size(inner);
            if (size >= Mebi)
            {
                text.Append(CultureInfo.InvariantCulture, $"  {size / Mebi,6} MiB  {Path.GetRelativePath(root, inner.FullName)}\n");
                if (depth > 1)
                {
                    Append(text, inner, root, depth - 1);
                }
            }
        }
    }

    private static long Size(DirectoryInfo folder)
    {
        var size = 0L;
        try
        {
            foreach (var file in folder.EnumerateFiles("*", SearchOption.AllDirectories))
            {
                size += file.Length;
            }
        }
        catch (IOException)
        {
            return size; // A server that runs takes files away; what is left tells enough.
        }

        return size;
    }
}
