# SPDX-License-Identifier: Apache-2.0
#
# A guest in one boot sector, for QEMU's machine 'pc': says TINY-READY on COM1, then a rising
# number about four times a second; powers off on the ACPI power button; lets go of a PCI device
# that is hot-unplugged.  It fills 4 MiB of memory, so that there is something to migrate and to
# save.  Linked to run at 0x7c00.

	.set	COM1,		0x3f8
	.set	COM1_STATUS,	0x3fd
	.set	PM1_STATUS,	0x600	# where SeaBIOS puts the PIIX4's power management
	.set	PM1_ENABLE,	0x602
	.set	PM1_CONTROL,	0x604
	.set	PM1_BUTTON,	0x0100
	.set	PM1_SLEEP_S5,	0x2000
	.set	HOTPLUG_DOWN,	0xae04	# QEMU's ACPI hot-plug registers: slots asked to leave,
	.set	HOTPLUG_EJECT,	0xae08	# slots let go,
	.set	HOTPLUG_BUS,	0xae10	# and the bus that both talk about
	.set	BIOS_TICKS,	0x046c	# raised 18 times a second

	.code16
	.globl	_start
_start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %ss
	movw	$0x7c00, %sp
	ljmp	$0, $main

main:
	call	fill
	movw	$PM1_ENABLE, %dx
	movw	$PM1_BUTTON, %ax
	outw	%ax, %dx
	movw	$ready, %si
	call	print
	xorl	%ebp, %ebp		# the number

	jmp	idle

# Reaches beyond the first MiB with the limit that a segment keeps after a visit to protected mode.
fill:
	lgdt	gdt_pointer
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	movw	$8, %bx
	movw	%bx, %es
	andb	$0xfe, %al
	movl	%eax, %cr0
	movl	$0x100000, %edi
	movl	$0x100000, %ecx		# double words
	movl	$0x6f6e652d, %eax
	cld
	addr32 rep stosl
	xorw	%bx, %bx
	movw	%bx, %es
	ret

idle:
	sti
	hlt
	call	button
	call	unplug
	movb	BIOS_TICKS, %al
	andb	$0xfc, %al
	cmpb	last, %al
	je	idle
	movb	%al, last
	incl	%ebp
	call	count
	jmp	idle

button:
	movw	$PM1_STATUS, %dx
	inw	%dx, %ax
	testw	$PM1_BUTTON, %ax
	jz	1f
	movw	$PM1_CONTROL, %dx
	movw	$PM1_SLEEP_S5, %ax
	outw	%ax, %dx
1:	ret

unplug:
	movw	$HOTPLUG_BUS, %dx
	xorl	%eax, %eax
	outl	%eax, %dx
	movw	$HOTPLUG_DOWN, %dx
	inl	%dx, %eax
	testl	%eax, %eax
	jz	1f
	movw	$HOTPLUG_EJECT, %dx
	outl	%eax, %dx
1:	ret

# Prints %ebp in decimal and ends the line.  The digits are laid down from the last one backwards.
count:
	movl	%ebp, %eax
	movl	$10, %ebx
	movw	$digits_end, %si
1:	xorl	%edx, %edx
	divl	%ebx
	addb	$'0', %dl
	decw	%si
	movb	%dl, (%si)
	testl	%eax, %eax
	jnz	1b

# Prints the string at %si.
print:
	lodsb
	testb	%al, %al
	jz	2f
	movb	%al, %bl
1:	movw	$COM1_STATUS, %dx
	inb	%dx, %al
	testb	$0x20, %al
	jz	1b
	movb	%bl, %al
	movw	$COM1, %dx
	outb	%al, %dx
	jmp	print
2:	ret

gdt:	.quad	0
	.quad	0x00cf92000000ffff	# all of 4 GiB, data
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

last:	.byte	0
ready:	.asciz	"TINY-READY\r\n"
	.fill	10, 1, ' '
digits_end:
	.asciz	"\r\n"

	.org	510
	.word	0xaa55
